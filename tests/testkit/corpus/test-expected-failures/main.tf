terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "size" {
  type    = number
  default = 1

  validation {
    condition     = var.size < 100
    error_message = "The size must be below 100."
  }
}

variable "before" {
  default = true
}

variable "after" {
  default = "10.0.0.1"
}

resource "probe_thing" "it" {
  count = 2
  name  = "it${count.index}"
  size  = var.size

  lifecycle {
    precondition {
      condition     = var.before || count.index == 0
      error_message = "Not before."
    }

    postcondition {
      condition     = self.address == var.after
      error_message = "Not after."
    }
  }
}

output "size" {
  value = var.size

  precondition {
    condition     = var.size != 7
    error_message = "The output is not to be seven."
  }
}

check "healthy" {
  assert {
    condition     = var.size != 5
    error_message = "Five is not healthy."
  }
}
