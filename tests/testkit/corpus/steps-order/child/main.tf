terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "note" {}

resource "probe_thing" "d" {
  name = "d"
  note = var.note
}

output "id" {
  value = probe_thing.d.id
}
