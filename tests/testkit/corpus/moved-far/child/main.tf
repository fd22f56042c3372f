terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "name" {
  default = "inner"
}

resource "probe_thing" "inner" {
  name = var.name
}

output "id" {
  value = probe_thing.inner.id
}
