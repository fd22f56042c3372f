terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = "web"
}

resource "probe_thing" "many" {
  count = length(probe_thing.one.flexible)
  name  = "n${count.index}"
}

resource "probe_thing" "each" {
  for_each = toset([probe_thing.one.id])
  name     = each.key
}
