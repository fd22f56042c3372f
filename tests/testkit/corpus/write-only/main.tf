terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_vault" "one" {
  name    = "web"
  secret  = var.secret
  hidden  = probe_vault.two.id
  version = 1
}

resource "probe_vault" "two" {
  name   = "db"
  secret = ephemeral.probe_token.one.token
}

ephemeral "probe_token" "one" {
  name = "token"
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
