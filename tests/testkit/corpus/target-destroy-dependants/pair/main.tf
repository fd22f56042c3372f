terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "name" {}

resource "probe_thing" "first" {
  name = "${var.name}1"
}

resource "probe_thing" "second" {
  name = "${var.name}2"
  note = probe_thing.first.id
}

output "id" {
  value = probe_thing.second.id
}
