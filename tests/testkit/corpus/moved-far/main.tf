terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "a" {
  name = "a"
}

resource "probe_thing" "b" {
  count = 2
  name  = "b${count.index}"
}

resource "probe_thing" "c" {
  for_each = toset(["x", "y"])
  name     = each.key
}

module "m" {
  source = "./child"
}

module "n" {
  source = "./child"
  count  = 2
  name   = "n${count.index}"
}

module "o" {
  source   = "./child"
  for_each = toset(["p", "q"])
  name     = each.key
}
