terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}
