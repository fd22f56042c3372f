terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "one" {
  name = "one"
}

output "one" {
  value = probe_thing.one.name
}

output "gone" {
  value = "gone"
}
