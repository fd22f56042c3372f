terraform {
  required_providers {
    probe = {
      source = "testing/other"
    }
  }
}

resource "other_thing" "one" {
  provider = probe
  name     = "web"
  password = var.secret
}

resource "other_thing" "two" {
  provider = probe
  name     = "db"
  note     = other_thing.one.id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
