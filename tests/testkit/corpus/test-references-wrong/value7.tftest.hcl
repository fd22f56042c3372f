run "values" {
  variables {
    name = nofunction()
  }
}

run "later" {
}
