module "n" {
  source = "./child"
  count  = 11
  name   = "n${count.index}"
}

module "n2" {
  source = "./child"
  name   = "n"
}

module "m" {
  source   = "./child"
  for_each = toset(["b", "a"])
  name     = each.key
}

resource "probe_thing" "x" {
  count = 11
  name  = "x${count.index}"
}

terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}
