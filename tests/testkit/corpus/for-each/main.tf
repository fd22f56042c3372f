terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "sizes" {
  type    = map(number)
  default = { a = 1, b = 2, "c d" = 3 }
}

resource "probe_thing" "each" {
  for_each = var.sizes
  name     = each.key
  size     = each.value
  password = var.secret
}

resource "probe_counter" "set" {
  for_each = toset([for thing in probe_thing.each : thing.name])
  name     = "${each.key}-${each.value}"
  trigger  = probe_thing.each[each.key].id
}

resource "probe_counter" "chained" {
  for_each = probe_counter.set
  name     = "x-${each.key}"
  trigger  = each.value.id
}

output "ids" {
  value = { for key, thing in probe_thing.each : key => thing.id }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
