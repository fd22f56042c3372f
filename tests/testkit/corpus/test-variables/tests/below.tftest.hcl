run "in_directory" {
  assert {
    condition     = output.all == "environment tfvars of tests 1"
    error_message = output.all
  }
}
