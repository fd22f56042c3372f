terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "id" {
  type = string
}

resource "probe_thing" "main" {
  name = "main"
  zone = var.id
}

output "zone" {
  value = probe_thing.main.zone
}
