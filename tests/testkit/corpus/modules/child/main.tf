terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "name" {
  type = string
}

variable "note" {
  default = null
}

variable "secret" {
  default = "none"
}

resource "probe_thing" "this" {
  name     = var.name
  note     = var.note
  password = var.secret
}

module "deep" {
  source = "./deep"
  name   = var.name
}

output "id" {
  value = probe_thing.this.id
}

output "deep" {
  value = module.deep.path
}

output "secret" {
  value     = var.secret
  sensitive = true
}
