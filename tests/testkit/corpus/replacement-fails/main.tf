terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "zone" {
  default = "a"
}

resource "probe_thing" "one" {
  name = "web"
  zone = var.zone
}
