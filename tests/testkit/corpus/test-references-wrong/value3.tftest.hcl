run "values" {
  variables {
    name = var.other
  }
}

run "later" {
}
