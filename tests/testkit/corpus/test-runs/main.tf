terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "name" {
  type = string
}

variable "size" {
  type    = number
  default = 1
}

resource "probe_thing" "it" {
  name = var.name
  size = var.size
}

locals {
  doubled = var.size * 2
}

output "id" {
  value = probe_thing.it.id
}

output "name" {
  value = probe_thing.it.name
}

output "secret" {
  value     = probe_thing.it.password
  sensitive = true
}
