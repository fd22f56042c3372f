terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "half" {
  name     = "half"
  password = var.secret
}

resource "probe_thing" "none" {
  name = "none"
}

resource "probe_thing" "dependent" {
  name = "dependent"
  note = probe_thing.half.id
}

resource "probe_thing" "apart" {
  name     = "apart"
  password = var.secret
}

output "half" {
  value = probe_thing.half.id
}

output "apart" {
  value = probe_thing.apart.id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
