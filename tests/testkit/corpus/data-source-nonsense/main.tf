terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


data "probe_echo" "other" {
  name  = "echo"
  fault = "data-differs"
}

data "probe_echo" "unknown" {
  fault = "data-unknown"
}
