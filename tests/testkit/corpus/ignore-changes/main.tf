terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "size" {
  default = 1
}

resource "probe_thing" "one" {
  name     = "web"
  size     = var.size
  tags     = { a = "x${var.size}", b = "y${var.size}" }
  password = "${var.secret}${var.size}"
  note     = probe_counter.two.revision

  rule {
    port = var.size
  }

  lifecycle {
    ignore_changes = [size, tags["a"], password, note, rule[0].port]
  }
}

resource "probe_thing" "all" {
  name = "all-${var.size}"

  lifecycle {
    ignore_changes = all
  }
}

resource "probe_counter" "two" {
  name    = "counter"
  trigger = var.size
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
