terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "text" {
  type    = string
  default = 5
}

variable "number" {
  type    = number
  default = "12.5"
}

variable "flag" {
  type    = bool
  default = "true"
}

variable "things" {
  type = map(object({
    size  = number
    tags  = optional(set(string), ["b", "a", "b"])
    inner = optional(object({ deep = optional(list(any), []) }))
  }))
  default = {
    one = { size = "1" }
    two = { size = 2, tags = [], inner = { deep = [1, "2"] }, superfluous = true }
  }
}

variable "tuple" {
  type    = tuple([string, number])
  default = [1, "2"]
}

variable "anything" {
  default = { a = [1, "x", null] }
}

variable "password" {
  type      = object({ word = string })
  default   = { word = 7 }
  sensitive = true
}

module "unknown" {
  source = "./typed"
  size   = probe_thing.one.id
}

resource "probe_thing" "one" {
  name     = var.text
  size     = var.number
  password = var.password.word
  anything = var.things
}

output "all" {
  value = [var.text, var.number, var.flag, var.things, var.tuple, var.anything, module.unknown.sizes]
}
