terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "secret" {
  sensitive = true
}

resource "probe_thing" "one" {
  name     = "web"
  password = var.secret
}

resource "probe_thing" "two" {
  name = "db"
  note = "${probe_thing.one.id} ${nonsensitive(var.secret)}"
}
