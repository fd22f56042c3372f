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
    create_before_destroy = var.flag
  }
}
