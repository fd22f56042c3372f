terraform {
  required_providers {
    foreign = {
      source = "testing/probe"
    }
  }
}

provider "foreign" {
  owner = "team"
}

variable "secret" {
  type      = string
  sensitive = true
  default   = "s3cret"
}

resource "foreign_note" "first" {
  name     = "first"
  text     = "one two"
  secret   = var.secret
  tags     = { color = "red", size = "large" }
  words    = ["b", "a"]
  lines    = ["x", "y"]
  document = jsonencode({ b = 1, a = [true, null] })

  label {
    key   = "k"
    value = "v"
  }
  label {
    key = "alone"
  }
}

resource "foreign_note" "second" {
  name = "second"
  text = "after ${foreign_note.first.id}"
}

resource "foreign_note" "many" {
  for_each = toset(["x", "y"])
  name     = each.key
  text     = provider::foreign::shout(each.key)
}

data "foreign_summary" "first" {
  note = foreign_note.first.id
}

output "words" {
  value = data.foreign_summary.first.words
}

output "size" {
  value = foreign_note.second.size
}
