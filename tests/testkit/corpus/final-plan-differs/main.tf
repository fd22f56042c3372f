terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name  = "web"
  note  = probe_counter.two.id
  fault = "final-plan-differs"
}

resource "probe_counter" "two" {
  name = "counter"
}
