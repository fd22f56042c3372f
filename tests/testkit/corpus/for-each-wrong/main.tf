terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "items" {
  type    = any
  default = ["a", "b"]
}

resource "probe_thing" "each" {
  for_each = var.items
  name     = "x"
}
