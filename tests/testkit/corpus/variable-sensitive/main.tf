terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


locals {
  joined = "${var.secret}-x"
  length = length(var.secret) > 2 ? "long" : "short"
  open   = nonsensitive(length(var.secret))
  mixed  = { hidden = var.secret, open = "a" }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

resource "probe_thing" "one" {
  name = "web"
  note = local.joined
  tags = local.mixed
  zone = local.length
  list = [for letter in ["a", "b"] : "${letter}${var.secret}"]
}

resource "probe_counter" "two" {
  name    = local.mixed.open
  trigger = probe_thing.one.note
}

resource "probe_thing" "three" {
  name = "db"
  note = sensitive(probe_thing.one.id)
}

output "hidden" {
  value     = [local.joined, probe_thing.one]
  sensitive = true
}

output "open" {
  value = [local.open, nonsensitive(local.length), issensitive(local.joined)]
}
