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

output "secret" {
  value     = probe_thing.one.password
  sensitive = true
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
