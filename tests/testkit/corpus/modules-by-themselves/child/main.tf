terraform {
  required_providers {
    mine = {
      source  = "testing/probe"
      version = "!=0.5,>= 0.1"
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
  provider = mine
  count    = length(var.names) > 0 ? 1 : 0
  name     = var.names[0]
  note     = "${join("-", var.names)} ${coalesce(var.label, "none")}"
}

module "deep" {
  source = "./deep"
  prefix = join("-", concat(["deep"], var.names))
}

output "first" {
  value = try(probe_thing.first[0].name, var.label)
}

output "label" {
  value = var.label
}
