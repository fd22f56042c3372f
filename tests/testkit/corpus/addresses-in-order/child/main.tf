terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "name" {}

resource "probe_thing" "y" {
  name = var.name
}
