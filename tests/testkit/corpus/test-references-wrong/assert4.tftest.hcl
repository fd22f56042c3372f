run "asserts" {
  command = plan

  assert {
    condition     = run.later.name == ""
    error_message = "Wrong."
  }
}

run "later" {
}
