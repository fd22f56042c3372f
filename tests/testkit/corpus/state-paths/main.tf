terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "note" {
  default = "one"
}

resource "probe_thing" "one" {
  name = "a"
  note = var.note
}
