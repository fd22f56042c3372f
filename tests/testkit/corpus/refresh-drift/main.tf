terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name     = "web"
  size     = 4
  tags     = { a = "b" }
  password = var.secret

  rule {
    port = 1
  }
}

resource "probe_thing" "computed" {
  name = "db"
}

resource "probe_thing" "two" {
  name = "dependent"
  note = probe_thing.one.size
  zone = probe_thing.computed.address
}

output "tags" {
  value = probe_thing.one.tags
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
