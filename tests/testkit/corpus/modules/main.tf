terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


provider "probe" {
  alias  = "west"
  region = "west"
}

module "one" {
  source = "./child"
  name   = "one"
  secret = var.secret

  providers = {
    probe = probe.west
  }
}

module "many" {
  source   = "./child"
  for_each = toset(["a", "b"])
  name     = each.key
  note     = module.one.id
}

module "counted" {
  source     = "./child"
  count      = 2
  name       = "c${count.index}"
  depends_on = [module.one]
}

output "ids" {
  value = [module.one.id, values(module.many)[*].id, module.counted[*].id, module.one.deep]
}

output "secret" {
  value     = module.one.secret
  sensitive = true
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
