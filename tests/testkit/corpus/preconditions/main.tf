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

resource "probe_thing" "one" {
  name     = "web"
  size     = var.size
  password = var.secret

  lifecycle {
    precondition {
      condition     = var.size < 5 && var.secret != ""
      error_message = "Too big: ${var.size}."
    }

    postcondition {
      condition     = self.address == "10.0.0.1" && self.password != ""
      error_message = "The address is ${self.address}."
    }
  }
}

data "probe_echo" "two" {
  input = probe_thing.one.id

  lifecycle {
    precondition {
      condition     = probe_thing.one.id != ""
      error_message = "No id."
    }

    postcondition {
      condition     = self.output == "web-1"
      error_message = "The output is ${self.output}."
    }
  }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
