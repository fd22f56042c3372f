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
    port = 1
  }

  rule {
    port     = 2
    protocol = "udp"

    range {
      from = 1
    }

    range {
      from = 2
      to   = length(probe_thing.two.id)
    }
  }

  label {
    key = "a"
  }

  label {
    key   = "b"
    value = probe_thing.two.id
  }

  limits {
    cpu = 1
  }

  route "x" {
    target = "y"
  }

  route "z" {
    target = probe_thing.two.flexible
  }
}

resource "probe_thing" "two" {
  name = "db"

  options {
    verbose = true
  }
}
