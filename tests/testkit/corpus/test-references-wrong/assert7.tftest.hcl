run "asserts" {
  command = plan

  assert {
    condition     = module.other == ""
    error_message = "Wrong."
  }
}

run "later" {
}
