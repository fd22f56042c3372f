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

provider "probe" {
  alias  = "west"
  region = "west"
}

resource "probe_thing" "many" {
  count    = var.size
  provider = probe.west
  name     = "n${count.index}"
}
