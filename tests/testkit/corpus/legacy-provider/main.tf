terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "text" {
  default = "x"
}

resource "probe_old" "one" {
  name = "web"
  text = var.text

  item {
    value = probe_thing.two.id
  }

  item {}
}

resource "probe_thing" "two" {
  name = "db"
}

resource "probe_old" "three" {
  name  = "wrong"
  text  = var.secret
  fault = "plan-differs apply-differs"
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
