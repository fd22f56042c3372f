terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

resource "probe_thing" "one" {
  name     = "web"
  password = var.secret
  tags     = { team = "core" }
}

resource "probe_thing" "many" {
  count = 2
  name  = "many-${count.index}"
  note  = probe_thing.one.address
}

resource "probe_thing" "each" {
  for_each = toset(["x", "y"])
  name     = each.key
}

data "probe_echo" "heard" {
  input = probe_thing.one.id
}

output "plain" {
  value = probe_thing.one.address
}

output "list" {
  value = [1, "two", true, null]
}

output "number" {
  value = 1.5
}

output "secret" {
  value     = var.secret
  sensitive = true
}
