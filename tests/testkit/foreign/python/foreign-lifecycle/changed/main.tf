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
  text     = "one two three"
  secret   = var.secret
  tags     = { color = "blue", size = "large" }
  words    = ["b", "a"]
  lines    = ["y"]
  document = jsonencode({ b = 1, a = [true, null] })

  label {
    key   = "k"
    value = "w"
  }
  label {
    key = "alone"
  }
}

resource "foreign_note" "second" {
  name = "other"
  text = "after ${foreign_note.first.id}"
}

resource "foreign_note" "many" {
  for_each = toset(["x", "z"])
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
