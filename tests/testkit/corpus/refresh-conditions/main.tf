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

resource "probe_thing" "one" {
  name = "web"

  lifecycle {
    postcondition {
      condition     = self.size == 3
      error_message = "The size is ${self.size}."
    }
  }
}

resource "probe_thing" "two" {
  name = "db"
  note = probe_thing.one.id
}

check "size" {
  assert {
    condition     = probe_thing.one.size == 3
    error_message = "The size is ${probe_thing.one.size}."
  }
}

output "size" {
  value = probe_thing.one.size
}

output "all" {
  value = [probe_thing.one.id, probe_thing.two.id]
}
