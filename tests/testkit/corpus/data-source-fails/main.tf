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

data "probe_thing" "missing" {
  id = "nowhere"
}

data "probe_echo" "late" {
  input = probe_thing.one.id
  fault = "data-error:input"
}
