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
  alias  = "east"
  region = "east"
}

resource "probe_thing" "many" {
  count    = var.size
  provider = probe.east
  name     = "n${count.index}"
}
