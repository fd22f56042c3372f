terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "size" {
  default = 2
}

resource "probe_thing" "many" {
  count = var.size
  name  = "n${count.index}"

  lifecycle {
    prevent_destroy = true
  }
}
