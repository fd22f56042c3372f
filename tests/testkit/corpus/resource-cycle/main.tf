terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = probe_thing.two.name
}

resource "probe_thing" "two" {
  name       = "db"
  depends_on = [probe_thing.one]
}
