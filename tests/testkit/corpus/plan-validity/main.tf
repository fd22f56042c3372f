terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "fault" {
  default = "plan-differs"
}

resource "probe_thing" "one" {
  name  = "web"
  note  = probe_counter.two.id
  fault = var.fault
}

resource "probe_counter" "two" {
  name = "counter"
}

resource "probe_old" "three" {
  name = "old"
}
