terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


locals {
  last  = "${local.first}-${local.middle["b"]}"
  first = upper("first")
  middle = {
    a = probe_thing.one.id
    b = "middle"
  }
  secret = sensitive(join(",", ["a", "b"]))
}

locals {
  length  = length([local.middle, local.last])
  known   = can(local.middle.c) ? 1 : 2
  matched = [for key, value in local.middle : key if key != "b"]
  zipped  = { for index, word in split("-", local.last) : word => index }
}

resource "probe_thing" "one" {
  name = local.first
}

output "all" {
  value = { length = local.length, known = local.known, matched = local.matched, zipped = local.zipped, middle = local.middle }
}

output "secret" {
  value     = base64encode(local.secret)
  sensitive = true
}
