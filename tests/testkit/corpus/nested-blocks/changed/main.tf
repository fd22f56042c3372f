terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = "web"

  rule {
    port     = 2
    protocol = "udp"
  }

  label {
    key   = "b"
    value = "changed"
  }

  label {
    key = "c"
  }

  options {
    verbose = false
  }

  route "z" {
    target = "changed"
  }
}

resource "probe_thing" "two" {
  name = "db"
}
