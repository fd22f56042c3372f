terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "name" {
  default = "first"
}

resource "probe_thing" "it" {
  name = var.name

  rule {
    port = 80
  }

  rule {
    port     = 443
    protocol = "udp"
  }
}

resource "probe_counter" "depends" {
  name    = "depends"
  trigger = probe_thing.it.address
}

data "probe_echo" "read" {
  input = probe_thing.it.id
}

data "probe_thing" "other" {
  id = "x"
}

output "it" {
  value     = probe_thing.it
  sensitive = true
}
