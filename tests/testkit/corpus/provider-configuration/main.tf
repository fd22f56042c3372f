terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


provider "probe" {
  region = "north"
  token  = var.secret

  endpoint {
    url = "https://example.com"
  }
}

provider "probe" {
  alias  = "late"
  region = probe_thing.one.id
  token  = var.secret
}

resource "probe_thing" "one" {
  name = "web"
}

resource "probe_thing" "two" {
  provider = probe.late
  name     = "db"
  password = var.secret
  note     = probe_thing.one.id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
