terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


provider "probe" {
  alias  = "west"
  region = "west"
}

resource "probe_thing" "one" {
  provider = probe.west
  name     = "web"
}
