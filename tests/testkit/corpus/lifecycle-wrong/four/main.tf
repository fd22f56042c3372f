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
    replace_triggered_by = [var.nothing]
  }
}
