terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "prefix" {
  type = string
}

resource "probe_thing" "deep" {
  name = "${var.prefix}-thing"
}
