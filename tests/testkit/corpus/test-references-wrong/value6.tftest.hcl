run "values" {
  variables {
    name = output.name
  }
}

run "later" {
}
