run "values" {
  variables {
    name = run.other.name
  }
}

run "later" {
}
