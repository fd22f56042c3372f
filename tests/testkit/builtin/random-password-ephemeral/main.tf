variable "go" {
  type    = string
  default = "1"
}


ephemeral "random_password" "a" {
  length  = 12
  special = false
}

ephemeral "random_password" "b" {
  length = tonumber(var.go) + 7
}

output "lengths" {
  value     = length(ephemeral.random_password.a.result)
  ephemeral = true
}
