terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "one" {
  name = "one"
}

resource "terraform_data" "two" {
  input = "two"
}
