terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "zone" {
  default = "a"
}

resource "probe_thing" "base" {
  name     = "base"
  zone     = var.zone
  password = var.secret
}

resource "probe_thing" "top" {
  name     = "top"
  zone     = probe_thing.base.id
  password = var.secret

  lifecycle {
    create_before_destroy = true
  }
}

resource "probe_thing" "aside" {
  name = "aside"
  note = probe_thing.base.id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
