terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "name" {
  default = "a"
}

variable "size" {
  default = 1
}

resource "probe_thing" "half" {
  name = "half-${var.name}"
  size = var.size
}

resource "probe_thing" "none" {
  name = "none-${var.name}"
  size = var.size
}

resource "probe_thing" "apart" {
  name = "apart-${var.name}"
}
