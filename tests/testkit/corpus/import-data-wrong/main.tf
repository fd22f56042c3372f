terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

provider "probe" {
  alias  = "read"
  region = data.probe_echo.known.output
}

provider "probe" {
  alias  = "late"
  region = data.probe_echo.of_later.output
}

resource "probe_thing" "one" {
  provider = probe.read
  name     = "web"
}

resource "probe_thing" "two" {
  provider = probe.late
  name     = "db"
}

resource "probe_thing" "plain" {
  name = "plain"
}

resource "probe_thing" "later" {
  name = "later"
}

data "probe_echo" "known" {
  input = "north"
  fault = var.fault
}

data "probe_echo" "of_later" {
  input = probe_thing.later.id
}

data "probe_echo" "guarded" {
  lifecycle {
    precondition {
      condition     = var.guard
      error_message = "It is guarded."
    }
  }
}

variable "guard" {
  type    = bool
  default = false
}

variable "fault" {
  default = null
}
