run "two" {
  assert {
    condition     = output.one == 1
    error_message = "It is not one."
  }
}
