terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "kept" {
  name = "kept"

  lifecycle {
    prevent_destroy = true
  }
}

resource "probe_thing" "other" {
  name = "other"
}
