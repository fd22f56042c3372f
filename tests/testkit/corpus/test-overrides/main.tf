terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_thing" "real" {
  name = "real"
}

resource "probe_thing" "many" {
  count = 2
  name  = "many${count.index}"
}

data "probe_echo" "read" {
  input = "real"
}

module "child" {
  source = "./child"
}

output "addresses" {
  value = concat([probe_thing.real.address], probe_thing.many[*].address)
}

output "child" {
  value = module.child
}

output "read" {
  value = data.probe_echo.read.output
}
