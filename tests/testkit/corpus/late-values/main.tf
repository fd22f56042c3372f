terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "trigger" {
  default = "a"
}

resource "probe_counter" "one" {
  name    = "counter"
  trigger = var.trigger
}

resource "probe_thing" "two" {
  name = "web"
  note = probe_counter.one.revision > 0 ? "same" : "other"
  list = [for number in range(2) : "${number}-${probe_counter.one.stable}"]
}

resource "probe_thing" "three" {
  name = "db"
  note = probe_counter.one.revision
}

output "revision" {
  value = probe_counter.one.revision
}
