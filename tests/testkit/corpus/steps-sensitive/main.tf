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
  name     = "a"
  password = var.secret
}

resource "probe_thing" "two" {
  name = "b"
  note = probe_thing.one.password
}

resource "probe_thing" "three" {
  name     = "c"
  password = probe_thing.two.note
}
