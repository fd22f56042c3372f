terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "note" {
  default = null
}

resource "probe_thing" "a" {
  name = "a"
  note = var.note
}

resource "probe_thing" "b" {
  name = "b"
  note = var.note
}

output "a" {
  value = probe_thing.a.id
}
