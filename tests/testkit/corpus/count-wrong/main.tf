terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "size" {
  default = -1
}

resource "probe_thing" "many" {
  count = var.size
  name  = "n${count.index}"
}
