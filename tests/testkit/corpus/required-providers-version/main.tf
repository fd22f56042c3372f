terraform {
  required_providers {
    probe = {
      source  = "testing/probe"
      version = ">= 2.0.0"
    }
  }
}
