terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "v" {
  type    = any
  default = { zone = "a", list = ["a"], disk = 1, mount = "/", name = "web" }
}

resource "probe_thing" "cause" {
  name = var.v.name
}

resource "probe_thing" "one" {
  name = "web"
  zone = "${var.v.zone}-${probe_thing.cause.revision}"
}

resource "probe_thing" "two" {
  name = "db"
  list = var.v.list
  key  = var.secret

  disk {
    size = var.v.disk
    name = var.v.name
  }

  mount {
    path = var.v.mount
  }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
