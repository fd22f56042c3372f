terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "fault" {
  default = "apply-unknown"
}

resource "probe_old" "one" {
  name  = "web"
  fault = var.fault
}
