terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "size" {
  validation {
    condition     = var.size < 3
    error_message = "The size is ${var.size}."
  }
}

resource "probe_thing" "in" {
  name = "in"
  size = var.size
}

resource "probe_thing" "apart" {
  name = "apart"
}
