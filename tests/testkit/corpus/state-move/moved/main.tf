terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "renamed" {
  count    = 1
  name     = "web"
  password = var.secret
}

module "child" {
  source = "./child"
  note   = probe_thing.renamed[0].id
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
