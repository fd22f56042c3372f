terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_liar" "one" {
  name = "web"
}
