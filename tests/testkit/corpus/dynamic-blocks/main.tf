terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "ports" {
  type    = list(number)
  default = [80, 443]
}

resource "probe_thing" "one" {
  name = "web"

  dynamic "rule" {
    for_each = var.ports
    iterator = each_port

    content {
      port   = each_port.value
      secret = var.secret

      dynamic "range" {
        for_each = { (each_port.key) = 5 }

        content {
          from = range.key
          to   = range.value
        }
      }
    }
  }

  dynamic "label" {
    for_each = toset(["a", "b"])

    content {
      key   = label.key
      value = label.value
    }
  }

  dynamic "route" {
    for_each = { x = "y" }
    labels   = [route.key]

    content {
      target = route.value
    }
  }

  dynamic "limits" {
    for_each = length(var.ports) > 1 ? [1] : []

    content {
      cpu = limits.value
    }
  }
}

resource "probe_thing" "two" {
  name = "db"

  dynamic "rule" {
    for_each = toset([probe_thing.one.id])

    content {
      port   = length(rule.value)
      secret = rule.key
    }
  }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
