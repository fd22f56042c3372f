terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name     = "web"
  tags     = { a = "b" }
  password = var.secret
  note     = probe_counter.two[0].id
}

resource "probe_counter" "two" {
  count = 1
  name  = "counter"
}

output "name" {
  value = probe_thing.one.name
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
