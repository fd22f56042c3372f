terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "one" {
  name = ["a list"]
  nope = 1
}

output "missing" {
  value = probe_thing.two.id
}
