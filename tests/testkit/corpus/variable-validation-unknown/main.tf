terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = "web"
}

module "child" {
  source = "./child"
  id     = probe_thing.one.id
}
