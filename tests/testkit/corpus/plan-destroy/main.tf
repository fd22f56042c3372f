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

resource "probe_thing" "two" {
  name = "db"
  note = probe_thing.one.id
}

data "probe_echo" "three" {
  input = probe_thing.two.id
}

resource "probe_thing" "four" {
  count = 2
  name  = "n${count.index}"
  note  = data.probe_echo.three.output
}

output "id" {
  value = probe_thing.one.id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
