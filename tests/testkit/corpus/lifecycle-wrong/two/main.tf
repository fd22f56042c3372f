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
    prevent_destroy = "maybe"
  }
}
