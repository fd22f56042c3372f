terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = "web"

  dynamic "rule" {
    for_each = "text"

    content {
      port = rule.value
    }
  }
}
