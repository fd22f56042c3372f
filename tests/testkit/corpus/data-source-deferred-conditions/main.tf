terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "limit" {
  default = 1
}

variable "wanted" {
  default = "hello"
}

resource "probe_thing" "one" {
  name = "web"
}

# What it hears is known.
data "probe_echo" "later" {
  input      = "hello"
  depends_on = [probe_thing.one]

  lifecycle {
    postcondition {
      condition     = self.input == var.wanted
      error_message = "This is ${self.input} and not ${var.wanted}."
    }
    postcondition {
      condition     = var.limit > 0
      error_message = "No more than ${var.limit} are allowed."
    }
  }
}

output "heard" {
  value = data.probe_echo.later.input
}
