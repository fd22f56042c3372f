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
  for_each = toset(["a", "b"])
  name     = each.key
  note     = probe_thing.one.id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
