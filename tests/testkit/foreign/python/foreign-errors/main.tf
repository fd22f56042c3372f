terraform {
  required_providers {
    foreign = {
      source = "testing/probe"
    }
  }
}

variable "text" {
  type    = string
  default = "fine"
}

variable "owner" {
  type    = string
  default = "team"
}

variable "word" {
  type    = string
  default = "word"
}

provider "foreign" {
  owner = var.owner
}

resource "foreign_note" "one" {
  name = "one"
  text = var.text
}

resource "foreign_note" "after" {
  name = "after-${foreign_note.one.id}"
}

resource "foreign_note" "independent" {
  name = "independent"
}

data "foreign_summary" "one" {
  note = foreign_note.one.id
}

output "word" {
  value = provider::foreign::shout(var.word)
}
