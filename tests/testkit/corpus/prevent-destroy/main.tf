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

variable "size" {
  default = 1
}

resource "probe_thing" "one" {
  name     = "web"
  zone     = var.zone
  size     = var.size
  password = var.secret

  lifecycle {
    prevent_destroy = true
  }
}

resource "probe_counter" "two" {
  name    = "counter"
  trigger = probe_thing.one.id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
