terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "many" {
  count = 1
  name  = "n"
}

output "missing" {
  value = probe_thing.many[1].name
}
