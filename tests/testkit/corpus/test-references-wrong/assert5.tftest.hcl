run "asserts" {
  command = plan

  assert {
    condition     = var.other == ""
    error_message = "Wrong."
  }
}

run "later" {
}
