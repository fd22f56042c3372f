terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "names" {
  default = ["a", "b"]
}

resource "probe_thing" "base" {
  name = "base"
  size = 3

  rule {
    port = 1
  }
}

resource "probe_thing" "many" {
  for_each = toset([for name in var.names : "${name}-${probe_thing.base.size}"])
  name     = each.key
  note     = local.note
}

resource "probe_thing" "listed" {
  count = length(probe_thing.many) - 2 + 1
  name  = "listed"

  dynamic "rule" {
    for_each = probe_thing.many
    iterator = thing
    content {
      port = thing.value.size
    }
  }
}

resource "probe_counter" "counted" {
  count   = probe_thing.base.size - 2
  name    = "counted-${count.index}"
  trigger = probe_thing.listed[0].id
}

resource "probe_counter" "dependent" {
  name       = "dependent"
  trigger    = probe_thing.base.options.verbose == null ? "x" : "${probe_thing.base.rule[0].port}"
  depends_on = [probe_counter.counted]
}

locals {
  note = "${probe_thing.base.id}-${probe_thing.base.upper}"
}

module "many" {
  source   = "../mod"
  for_each = toset(var.names)
  name     = each.key
  id       = probe_thing.base.id
}

output "used" {
  value = [values(module.many)[*].id, module.many["a"].name, [for thing in probe_thing.many : thing.name]]
}

output "whole" {
  value = { base = probe_thing.base, by = probe_counter.dependent.trigger }
  sensitive = true
}
