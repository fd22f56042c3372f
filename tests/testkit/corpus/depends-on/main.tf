terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "last" {
  name       = "last"
  password   = var.secret
  depends_on = [probe_thing.middle, data.probe_echo.one]
}

resource "probe_thing" "middle" {
  name       = "middle"
  note       = probe_thing.first.id
  depends_on = [module.child]
}

data "probe_echo" "one" {
  input      = "x"
  depends_on = [probe_thing.first]
}

resource "probe_thing" "first" {
  name = "first"
}

module "child" {
  source     = "./child"
  depends_on = [probe_thing.first]
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
