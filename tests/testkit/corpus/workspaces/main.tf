terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "one" {
  name = "in-${terraform.workspace}"
}

output "where" {
  value = terraform.workspace
}
