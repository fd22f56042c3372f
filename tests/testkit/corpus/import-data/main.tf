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

# Taken over.
resource "probe_thing" "one" {
  provider = probe.read
  name     = "web"
}

# Never made before the end.
resource "probe_thing" "later" {
  name = "later"
}

# There from the second step on.
resource "probe_thing" "early" {
  name = "early"
}

data "probe_echo" "known" {
  name  = "known"
  input = var.secret
}

data "probe_echo" "of_imported" {
  name  = "of imported"
  input = probe_thing.one.upper
}

data "probe_echo" "of_later" {
  name  = "of later"
  input = probe_thing.later.upper
}

data "probe_echo" "waits" {
  name       = "waits"
  depends_on = [probe_thing.later]
}

data "probe_echo" "of_early" {
  for_each = toset(["a", "b"])
  name     = each.key
  input    = probe_thing.early.upper
}

data "probe_echo" "guarded" {
  name = "guarded"

  lifecycle {
    precondition {
      condition     = probe_thing.early.size == 4
      error_message = "The early one is of another size."
    }
  }
}

check "later" {
  data "probe_echo" "checked" {
    name = "checked"
  }
  assert {
    condition     = data.probe_echo.checked.name == probe_thing.early.name
    error_message = "They are different."
  }
}

output "heard" {
  value = data.probe_echo.of_imported.output
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
