terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

data "probe_echo" "same" {
  input = "same"
}

output "heard" {
  value = data.probe_echo.same.output
}
