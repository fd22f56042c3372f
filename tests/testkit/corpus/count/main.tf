terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "size" {
  default = 3
}

resource "probe_thing" "many" {
  count    = var.size
  name     = "n${count.index}"
  password = "${var.secret}${count.index}"
}

resource "probe_counter" "maybe" {
  count   = var.size > 2 ? 1 : 0
  name    = "maybe"
  trigger = try(probe_thing.many[1].id, "none")
}

resource "probe_counter" "alone" {
  name = "alone"
}

output "ids" {
  value = { all = probe_thing.many[*].id, maybe = one(probe_counter.maybe[*].id), length = length(probe_thing.many) }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
