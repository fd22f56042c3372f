terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "flag" {
  default = true
}

resource "probe_thing" "one" {
  name = "web"

  lifecycle {
    prevent_destroy = var.flag
  }
}
