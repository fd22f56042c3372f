terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "note" {}

resource "probe_thing" "two" {
  name = "db"
  note = var.note
}
