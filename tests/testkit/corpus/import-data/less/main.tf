terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "one" {
  name = "web"

  lifecycle {
    precondition {
      condition     = data.probe_echo.known.output != "hush"
      error_message = "It says hush."
    }
  }
}

resource "probe_thing" "early" {
  name = "early"

  lifecycle {
    precondition {
      condition     = data.probe_echo.known.output != "hush"
      error_message = "It says hush."
    }
  }
}

data "probe_echo" "known" {
  input = "hush"
}

data "probe_echo" "of_early" {
  for_each = toset(["a"])
  name     = each.key
  input    = probe_thing.early.upper
}
