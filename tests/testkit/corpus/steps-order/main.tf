terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "a" {
  name = "a"
}

resource "probe_thing" "b" {
  name = "b"
  note = probe_thing.a.id
}

resource "probe_thing" "c" {
  name = "c"
  note = probe_thing.b.id
  zone = probe_thing.a.id
}

module "d" {
  source = "./child"
  note   = probe_thing.c.id
}

resource "probe_thing" "e" {
  name = "e"
  note = module.d.id
}
