terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

data "probe_echo" "nothing" {}

resource "probe_thing" "one" {
  name = "one"
  rule {
    port = data.probe_echo.nothing.name
  }
  label {
    key = null
  }
}
