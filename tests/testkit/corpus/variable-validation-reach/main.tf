terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "limit" {
  default = 1

  validation {
    condition     = var.limit < 5
    error_message = "The limit is ${var.limit}."
  }
}

resource "probe_thing" "free" {
  name = "free"
}

resource "probe_thing" "bound" {
  name = "bound"
  size = var.limit
}

resource "probe_thing" "next" {
  name = "next"
  note = probe_thing.bound.id
}

module "child" {
  source = "./child"
  size   = var.limit
}

output "limit" {
  value = var.limit
}

output "free" {
  value = probe_thing.free.name
}
