terraform {
  required_providers {
    nobody = {
      source  = "testing/nobody"
      version = "~> 2.0"
    }
  }
}

resource "nobody_thing" "one" {}
