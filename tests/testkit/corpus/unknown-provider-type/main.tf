terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


provider "probe" {
  alias  = "late"
  fault  = "configure-error:region"
  region = probe_thing.one.id
}

resource "probe_thing" "one" {
  name = "web"
}

resource "probe_thing" "two" {
  provider = probe.late
  name     = "db"
}
