terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "size" {
  default = 1
}

resource "probe_thing" "one" {
  name = "web"
  size = var.size

  lifecycle {
    precondition {
      condition     = var.size < 5
      error_message = "Too big: ${var.size}."
    }
  }
}

resource "probe_thing" "two" {
  name = "db"

  lifecycle {
    postcondition {
      condition     = self.address == "10.0.0.2"
      error_message = "The address is ${self.address}."
    }
  }
}

resource "probe_thing" "three" {
  name = "dependent"
  note = probe_thing.two.id
}
