terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = "web"
}

resource "probe_thing" "two" {
  count = probe_thing.one.id == null ? 0 : 1
  name  = "db"
  note  = "x-${probe_thing.one.prefix}"
}

resource "probe_thing" "three" {
  count = length(probe_thing.one.list) > 0 ? 1 : 0
  name  = "third"
  note  = probe_thing.one.id == null ? null : probe_thing.one.secret
}

resource "probe_thing" "four" {
  count = length(probe_thing.one.exact)
  name  = "fourth-${count.index}"
}

output "known" {
  value = [
    startswith(probe_thing.one.prefix, "arn:"),
    startswith(probe_thing.one.prefix, "other"),
    probe_thing.one.number > 0,
    probe_thing.one.number > 5,
    probe_thing.one.number >= 10,
    length(probe_thing.one.list) < 4,
    probe_thing.one.prefix == "other",
    coalesce(probe_thing.one.id, "never"),
    probe_thing.one.list == tolist([]),
    try(probe_thing.one.list[5], "none"),
  ]
}

output "sensitive" {
  value     = startswith(probe_thing.one.secret, "arn:")
  sensitive = true
}
