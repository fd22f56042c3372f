terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = "web"

  dynamic "nothing" {
    for_each = [1]

    content {}
  }
}
