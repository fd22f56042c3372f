terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "size" {
  default = 1
}

resource "probe_thing" "one" {
  name     = "web"
  size     = var.size
  password = var.secret
}

resource "probe_thing" "two" {
  name = "db"
  note = probe_thing.one.id
}

output "size" {
  value = var.size
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
