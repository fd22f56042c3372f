terraform {
  required_providers {
    probe = {
      source  = "testing/probe"
      version = "<2,>=0.1"
    }
  }
}

provider "probe" {
  alias  = "west"
  region = "west"
}

# Nothing here is for the provider that this module wants beside the one that is passed.
module "passed" {
  source = "./child"
  names  = []

  providers = {
    probe = probe.west
  }
}

module "left_out" {
  source = "./child"
  names  = ["a"]
  label  = "x"
}

output "first" {
  value = module.passed.first
}

output "label" {
  value = module.passed.label
}

output "labels" {
  value = [module.passed.label, module.left_out.label]
}
