terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "removed" {
  name     = "removed"
  password = var.secret
}

resource "probe_thing" "counted" {
  count = 2
  name  = "n${count.index}"
}

resource "probe_thing" "each" {
  for_each = toset(["a", "b"])
  name     = each.key
}

resource "probe_thing" "single" {
  name = "single"
}

module "gone" {
  source = "./child"
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
