run "asserts" {
  command = plan

  assert {
    condition     = terraform_data.other.id == ""
    error_message = "Wrong."
  }
}

run "later" {
}
