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

resource "probe_thing" "each" {
  for_each = toset([var.secret])
  name     = each.key
}

resource "probe_thing" "count" {
  count = length(var.secret)
  name  = "n${count.index}"
}

output "leak" {
  value = var.secret
}
