terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

resource "probe_thing" "one" {
  name     = "web"
  password = var.secret
}

resource "probe_thing" "two" {
  name = "after ${probe_thing.one.id}"
}

resource "probe_thing" "three" {
  name = "third"
}
