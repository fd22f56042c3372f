terraform {
  required_providers {
    probe = {
      source  = "testing/probe"
      version = "~> 1"
    }
    second = {
      source  = "testing/other"
      version = ">= 0.1, != 0.5"
    }
  }
}

variable "names" {
  type = list(string)
}

variable "label" {
  type    = string
  default = null
}

# Without a name there is none of them, so nothing here is wrong.
resource "probe_thing" "first" {
  count = length(var.names) > 0 ? 1 : 0
  name  = var.names[0]
  note  = "${join("-", var.names)} ${var.label}"
}

resource "other_thing" "second" {
  provider = second
  count    = length(var.names)
  name     = "second-${count.index}"
}

module "deep" {
  source = "./deep"
}

output "first" {
  value = try(probe_thing.first[0].name, var.label)
}

output "label" {
  value = var.label
}
