run "values" {
  variables {
    name = terraform_data.it.id
  }
}

run "later" {
}
