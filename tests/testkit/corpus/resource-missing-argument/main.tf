terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  nam = "web"
  id  = "mine"
}

resource "probe_thing" "two" {
  size = "not a number"
}
