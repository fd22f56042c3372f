terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


data "probe_echo" "one" {
  name  = "echo"
  input = var.secret

  filter {
    name = "first"
  }
}

resource "probe_thing" "one" {
  name     = "web"
  password = data.probe_echo.one.secret
  note     = data.probe_echo.one.id
}

output "heard" {
  value     = data.probe_echo.one.output
  sensitive = true
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
