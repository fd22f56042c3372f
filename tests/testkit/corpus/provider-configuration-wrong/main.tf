terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


provider "probe" {
  region = ["not", "a", "string"]
  colour = "blue"
}

resource "probe_thing" "one" {
  name = "web"
}
