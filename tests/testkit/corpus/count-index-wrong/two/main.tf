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

output "which" {
  value = probe_thing.many.name
}
