terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

provider "probe" {
  alias = "again"
}

variable "secret" {
  type      = string
  default   = "same"
  sensitive = true
}

variable "fault" {
  type    = string
  default = null
}

variable "note" {
  type    = string
  default = "first"
}

data "probe_echo" "plain" {
  count = 2
  input = "same"
  fault = var.fault
}

data "probe_echo" "secret" {
  input = var.secret
  fault = var.fault
}

data "probe_echo" "other" {
  input = "other"
}

data "probe_echo" "again" {
  provider = probe.again
  input    = "same"
}

module "inner" {
  source = "./inner"
}

resource "probe_thing" "plain" {
  name = "plain"
  note = "${data.probe_echo.plain[1].output} ${data.probe_echo.other.output} ${var.note}"
}

resource "probe_thing" "secret" {
  name = "secret"
  note = "${data.probe_echo.secret.output} ${data.probe_echo.secret.input} ${var.note}"
}

# While applying, each is read for itself.
data "probe_echo" "late" {
  count      = 2
  input      = "late"
  depends_on = [probe_thing.plain]
}

output "inner" {
  value = module.inner.heard
}
