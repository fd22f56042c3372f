terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
    other = {
      source = "testing/other"
    }
  }
}

variable "secret" {
  default   = "hush"
  sensitive = true
}

resource "probe_thing" "one" {
  name = "one"
}

resource "shared_thing" "one" {
  provider = probe
  name     = "one"
}
