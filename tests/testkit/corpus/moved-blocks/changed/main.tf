terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

resource "probe_thing" "first" {
  name     = "web"
  password = var.secret
  note     = probe_thing.new.address
}

resource "probe_thing" "two" {
  count = 2
  name  = count.index == 0 ? "after ${probe_thing.first.id}" : "another"
}

resource "probe_thing" "new" {
  name = "new"
}

module "child" {
  source = "./child"
}

moved {
  from = probe_thing.one
  to   = probe_thing.first
}

moved {
  from = probe_thing.three
  to   = module.child.probe_thing.three
}
