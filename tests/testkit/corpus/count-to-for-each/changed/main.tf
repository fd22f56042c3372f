terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "single" {
  count = 1
  name  = "single"
}

resource "probe_thing" "many" {
  for_each = toset(["a"])
  name     = "n0"
}
