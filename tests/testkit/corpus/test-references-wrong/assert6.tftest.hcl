run "asserts" {
  command = plan

  assert {
    condition     = local.other == ""
    error_message = "Wrong."
  }
}

run "later" {
}
