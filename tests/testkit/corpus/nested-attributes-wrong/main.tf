terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_deep" "one" {
  name = "web"
  list = [{ n = 1 }]
}
