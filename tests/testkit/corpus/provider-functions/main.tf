terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = provider::probe::join("web", "one", "two")
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

output "all" {
  value = [
    provider::probe::echo({ a = [1, null] }),
    provider::probe::join("x", probe_thing.one.id),
    provider::probe::echo(null),
  ]
}

output "secret" {
  value     = provider::probe::join(var.secret, "x")
  sensitive = true
}
