terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


output "text" {
  value = 5
}

output "object" {
  value = { a = 2, c = probe_thing.one.id }
}

output "null" {
  value = null
}

resource "probe_thing" "one" {
  name = "web"
}
