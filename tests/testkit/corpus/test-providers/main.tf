terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

provider "probe" {
  region = "of the configuration"
}

provider "probe" {
  alias  = "second"
  region = "second of the configuration"
}

resource "probe_thing" "one" {
  name = "one"
}

resource "probe_thing" "two" {
  provider = probe.second
  name     = "two"
}

output "id" {
  value = probe_thing.one.id
}
