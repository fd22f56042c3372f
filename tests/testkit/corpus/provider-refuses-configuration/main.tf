terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


provider "probe" {
  fault = var.fault
}

variable "fault" {
  default = "configure-warning:region"
}

resource "probe_thing" "one" {
  name = "web"
}
