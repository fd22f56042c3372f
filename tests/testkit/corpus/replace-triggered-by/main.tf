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

resource "probe_thing" "cause" {
  name     = "cause"
  size     = var.size
  password = var.secret
}

resource "probe_counter" "whole" {
  name = "whole"

  lifecycle {
    replace_triggered_by = [probe_thing.cause]
  }
}

resource "probe_counter" "attribute" {
  name = "attribute"

  lifecycle {
    replace_triggered_by = [probe_thing.cause.password, probe_thing.cause.upper]
  }
}

resource "probe_counter" "each" {
  count = 2
  name  = "each-${count.index}"

  lifecycle {
    replace_triggered_by = [terraform_data.each[count.index]]
  }
}

resource "terraform_data" "each" {
  count = 2
  input = count.index == 0 ? var.size : probe_counter.whole.id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
