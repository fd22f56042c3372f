run "values" {
  variables {
    name = run.later.name
  }
}

run "later" {
}
