terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


provider "probe" {
  alias = "other"
}

resource "probe_thing" "plain" {
  name     = "web"
  anything = { a = [1, "b", null], c = { d = true } }
  set      = ["b", "a"]
  list     = [var.secret, "open"]
  tags     = { open = "x", hidden = var.secret }
  size     = 12345678901234567890
}

resource "probe_thing" "count" {
  count    = 2
  provider = probe.other
  name     = "n${count.index}"
  note     = probe_thing.plain.id
}

resource "probe_thing" "each" {
  for_each   = { "a b" = 1, "c\"d" = 2.5 }
  name       = "each-${each.value}"
  size       = each.value
  depends_on = [probe_thing.count]

  rule {
    port   = 1
    secret = var.secret
  }
}

data "probe_echo" "data" {
  input = probe_thing.plain.name
}

module "child" {
  source = "./child"
  for_each = toset(["x"])
  name   = data.probe_echo.data.output
}

resource "terraform_data" "data" {
  input            = { a = var.secret, b = [1] }
  triggers_replace = [probe_thing.plain.id]
}

output "tuple" {
  value = [1, "a", true, null]
}

output "secret" {
  value     = { hidden = var.secret }
  sensitive = true
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
