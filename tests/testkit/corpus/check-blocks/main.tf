terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "size" {
  default = 1
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

resource "probe_thing" "one" {
  name = "web"
  size = var.size
}

check "size" {
  assert {
    condition     = probe_thing.one.size < 5
    error_message = "It has ${var.size}."
  }

  assert {
    condition     = probe_thing.one.address == "10.0.0.1"
    error_message = "Another address."
  }
}

check "read" {
  data "probe_thing" "found" {
    id = probe_thing.one.id
  }

  assert {
    condition     = data.probe_thing.found.size < 5
    error_message = "It has more than it may have."
  }
}

check "secret" {
  assert {
    condition     = var.secret != "hush" || var.size < 5
    error_message = "The secret is ${var.size}."
  }
}
