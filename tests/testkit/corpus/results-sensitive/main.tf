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

resource "probe_thing" "one" {
  name  = var.secret
  fault = "apply-differs"
}
