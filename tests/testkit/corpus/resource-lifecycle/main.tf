terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name     = "web"
  zone     = "a"
  note     = probe_counter.other.id
  password = var.secret
}

resource "probe_counter" "other" {
  name = "counter"
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
