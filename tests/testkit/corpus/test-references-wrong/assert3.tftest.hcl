run "asserts" {
  command = plan

  assert {
    condition     = run.other.name == ""
    error_message = "Wrong."
  }
}

run "later" {
}
