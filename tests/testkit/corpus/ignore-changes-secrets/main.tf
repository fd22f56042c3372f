terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "secret" {
  default   = "hush"
  sensitive = true
}

resource "probe_thing" "all" {
  name = "all"
  note = var.secret
  tags = { a = var.secret, b = "two" }
  lifecycle {
    ignore_changes = all
  }
}

resource "probe_thing" "part" {
  name = "part"
  note = var.secret
  tags = { a = var.secret, b = "two" }
  lifecycle {
    ignore_changes = [note, tags["a"]]
  }
}

resource "probe_thing" "plain" {
  name = "plain"
  note = "plain"
  zone = "one"
  lifecycle {
    ignore_changes = [note]
  }
}
