terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "fault" {
  default = "apply-unknown"
}

resource "probe_thing" "one" {
  name  = "web"
  fault = var.fault
}

output "id" {
  value = probe_thing.one.id
}
