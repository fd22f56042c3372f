terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "bad" {
  name = "bad"
}

resource "probe_thing" "needs" {
  count = 2
  name  = "needs-${count.index}"
  note  = probe_thing.bad.id
}

data "probe_echo" "needs" {
  input = probe_thing.bad.id
}

resource "probe_thing" "apart" {
  count = 3
  name  = "apart-${count.index}"
}

resource "probe_thing" "after" {
  name = "after"
  note = probe_thing.apart[0].id
}
