variable "name" {}
variable "id" {}

terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

resource "probe_counter" "this" {
  name    = var.name
  trigger = module.inner.out
}

module "inner" {
  source = "./inner"
  given  = var.id
}

output "id" {
  value = probe_counter.this.id
}

output "name" {
  value = var.name
}

output "nothing" {
  value = null
}
