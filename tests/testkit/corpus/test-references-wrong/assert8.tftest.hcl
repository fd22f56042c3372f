run "asserts" {
  command = plan

  assert {
    condition     = terraform_data.it.other == ""
    error_message = "Wrong."
  }
}

run "later" {
}
