terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "fault" {
  default = "apply-differs"
}

resource "probe_thing" "one" {
  name     = "web"
  password = var.secret
  fault    = var.fault
}

resource "probe_thing" "two" {
  name = "fine"
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
