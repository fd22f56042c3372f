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

resource "probe_thing" "e" {
  name = "e"
  note = probe_thing.a.id
}
