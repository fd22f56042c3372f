run "values" {
  variables {
    name = local.other
  }
}

run "later" {
}
