terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


output "fails" {
  value = provider::probe::fail("x")
}
