terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "counted" {
  count = 1
  name  = "n${count.index}"
}

resource "probe_thing" "each" {
  for_each = toset(["a"])
  name     = each.key
}

resource "probe_thing" "single" {
  count = 0
  name  = "single"
}
