terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "name" {
  default = "setup"
}

resource "probe_thing" "setup" {
  name = var.name
}

module "inner" {
  source = "./inner"
  name   = var.name
}

output "id" {
  value = probe_thing.setup.id
}

output "inner" {
  value = module.inner.shout
}
