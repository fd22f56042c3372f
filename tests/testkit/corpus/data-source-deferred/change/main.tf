terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name     = "web"
  size     = 9
  password = var.secret
}

data "probe_echo" "by_argument" {
  input = probe_thing.one.id
}

data "probe_echo" "by_dependency" {
  input      = var.secret
  depends_on = [probe_thing.one]
}

data "probe_thing" "found" {
  id = probe_thing.one.id
}

resource "probe_counter" "two" {
  name    = "counter"
  trigger = data.probe_echo.by_argument.output
}

output "all" {
  value     = [data.probe_echo.by_dependency.output, data.probe_thing.found]
  sensitive = true
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
