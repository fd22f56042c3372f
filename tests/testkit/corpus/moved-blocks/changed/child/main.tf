terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "three" {
  name = "third"
  zone = "other"
}
