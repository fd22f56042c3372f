terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


output "text" {
  value = "a"
}

output "set" {
  value       = toset(["b", "a"])
  description = "Of no order."
}

output "object" {
  value = { a = 1, b = [true, null], c = probe_thing.one.id }
}

output "secret" {
  value      = sensitive({ a = "b" })
  sensitive  = true
  depends_on = [probe_thing.one]
}

resource "probe_thing" "one" {
  name = "web"
}
