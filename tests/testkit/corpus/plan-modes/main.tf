terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "size" {
  default = 4
}

resource "probe_thing" "one" {
  name     = "web"
  size     = var.size
  password = var.secret
}

output "size" {
  value = probe_thing.one.size
}

output "password" {
  value     = probe_thing.one.password
  sensitive = true
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
