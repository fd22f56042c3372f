terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "a" {
  type    = string
  default = "default"
}

variable "b" {
  type    = string
  default = "default"
}

variable "c" {
  type    = string
  default = "default"
}

variable "d" {
  type    = string
  default = "default"
}

variable "e" {
  type    = string
  default = "default"
}

variable "f" {
  type    = string
  default = "default"
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

variable "object" {
  type    = object({ list = list(number) })
  default = { list = [] }
}

resource "probe_thing" "one" {
  name     = "web"
  password = var.secret
  note     = probe_counter.two.id
  tags     = { a = var.a, b = var.b, c = var.c, d = var.d, e = var.e, f = var.f }
}

resource "probe_counter" "two" {
  name = var.f
}

output "all" {
  value = [var.a, var.b, var.c, var.d, var.e, var.f, var.object]
}
