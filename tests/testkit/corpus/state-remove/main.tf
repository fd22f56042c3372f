terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name     = "web"
  password = var.secret
}

resource "probe_thing" "many" {
  count = 2
  name  = "n${count.index}"
  note  = probe_thing.one.id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
