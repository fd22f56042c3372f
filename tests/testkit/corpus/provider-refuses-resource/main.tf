terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name  = "web"
  fault = "validate-warning:name validate-error:rule.0.port"

  rule {
    port = 1
  }
}
