terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "many" {
  for_each = { a = 1 }
  name     = "n"
}

output "missing" {
  value = probe_thing.many["b"].name
}
