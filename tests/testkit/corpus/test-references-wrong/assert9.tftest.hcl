run "asserts" {
  command = plan

  assert {
    condition     = self.id == ""
    error_message = "Wrong."
  }
}

run "later" {
}
