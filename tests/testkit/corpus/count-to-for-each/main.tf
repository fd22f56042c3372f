terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "single" {
  name = "single"
}

resource "probe_thing" "many" {
  count = 2
  name  = "n${count.index}"
}
