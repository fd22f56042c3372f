terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

variable "fault" {
  default = ""
}

resource "probe_thing" "one" {
  name     = var.secret
  password = var.secret
  fault    = var.fault

  rule {
    port   = length(var.secret)
    secret = var.secret
  }
}
