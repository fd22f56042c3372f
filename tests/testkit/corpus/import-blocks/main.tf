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
  note     = probe_thing.new.address
}

resource "probe_thing" "each" {
  for_each = toset(["x", "y"])
  name     = each.key
}

resource "probe_thing" "new" {
  name = "new"
}

import {
  to = probe_thing.one
  id = "web-1"
}

import {
  for_each = toset(["x"])
  to       = probe_thing.each[each.key]
  id       = "${each.key}-1"
}
