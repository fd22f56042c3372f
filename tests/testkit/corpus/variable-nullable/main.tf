terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


module "one" {
  source    = "./child"
  nullable  = null
  otherwise = null
  hidden    = null
}

module "two" {
  source    = "./child"
  nullable  = probe_thing.one.id
  otherwise = probe_thing.one.flexible
  hidden    = probe_thing.one.key
}

resource "probe_thing" "one" {
  name = "web"
}

output "all" {
  value     = [module.one, module.two]
  sensitive = true
}
