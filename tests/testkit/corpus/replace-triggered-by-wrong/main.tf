terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = "web"

  lifecycle {
    replace_triggered_by = [data.probe_echo.two]
  }
}

data "probe_echo" "two" {}
