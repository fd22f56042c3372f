terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "many" {
  count = 2
  name  = "n${count.index}"
}

resource "probe_thing" "user" {
  name = "user"
  note = probe_thing.many[0].id
}

module "pair" {
  source   = "./pair"
  for_each = toset(["a", "b"])
  name     = each.key
}

resource "probe_thing" "all" {
  name = "all"
  note = join(",", [for pair in module.pair : pair.id])
}
