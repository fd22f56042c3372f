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

# Nobody knows what it hears.
data "probe_echo" "each" {
  for_each = { a = probe_thing.one.id }
  input    = each.value

  lifecycle {
    postcondition {
      condition     = self.output == "web-1"
      error_message = "It is not web-1 but ${self.output}."
    }
    postcondition {
      condition     = var.limit > 0
      error_message = "No more than ${var.limit} are allowed."
    }
  }
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
  }
}

output "heard" {
  value = data.probe_echo.later.input
}
