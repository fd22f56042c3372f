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

resource "probe_thing" "three" {
  name = "apart"
}

resource "probe_thing" "many" {
  count = 2
  name  = "n${count.index}"
  note  = probe_thing.three.id
}

output "two" {
  value = probe_thing.two.id
}

output "three" {
  value = probe_thing.three.id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
