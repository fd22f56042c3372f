terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "size" {
  default = 1
}

variable "note" {
  default = "one"
}

resource "probe_thing" "one" {
  name = "a"
  size = var.size
  note = var.note
}
