terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = probe_thing.tow.name
}

resource "probe_thing" "two" {
  name = local.missing
}

resource "probe_thing" "three" {
  name = var.nothing
}
