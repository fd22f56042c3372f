terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "inside" {
  name = "inside"
}

output "name" {
  value = probe_thing.inside.name
}

output "list" {
  value = [probe_thing.inside.address]
}
