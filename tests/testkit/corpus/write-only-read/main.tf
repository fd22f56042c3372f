terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_vault" "one" {
  name   = "web"
  secret = "x"
}

resource "probe_vault" "two" {
  name    = ephemeral.probe_token.one.token
}

ephemeral "probe_token" "one" {
  name = "token"
}

output "secret" {
  value = probe_vault.one.secret
}
