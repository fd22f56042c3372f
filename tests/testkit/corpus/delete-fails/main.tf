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

resource "probe_thing" "two" {
  name = "db"
  note = probe_thing.one.id
}

resource "probe_thing" "three" {
  name = "apart"
}
