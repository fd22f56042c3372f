terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "one" {
  name = "one"
}

resource "probe_thing" "many" {
  count = 2
  name  = "many${count.index}"
}

module "m" {
  source = "./child"
}
