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
}
