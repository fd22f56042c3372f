run "asserts" {
  command = plan

  assert {
    condition     = output.other == ""
    error_message = "Wrong."
  }
}

run "later" {
}
