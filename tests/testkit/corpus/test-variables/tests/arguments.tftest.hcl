run "arguments" {
  assert {
    condition     = output.all == "something else"
    error_message = output.all
  }
}
