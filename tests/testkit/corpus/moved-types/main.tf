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
  name     = "one"
  password = var.secret
}

resource "probe_thing" "many" {
  count = 2
  name  = "many${count.index}"
}

resource "other_thing" "elsewhere" {
  name = "elsewhere"
}

resource "probe_thing" "gone" {
  name = "gone"
}
