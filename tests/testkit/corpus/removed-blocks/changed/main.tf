terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

removed {
  from = probe_thing.one

  lifecycle {
    destroy = false
  }
}

removed {
  from = probe_thing.two

  lifecycle {
    destroy = true
  }
}

resource "probe_thing" "three" {
  name = "third"
}
