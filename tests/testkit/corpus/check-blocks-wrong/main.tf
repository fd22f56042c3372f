check "missing" {
  assert {
    condition     = terraform_data.gone.id == ""
    error_message = "x"
  }
}
