variable "go" {
  type    = string
  default = "1"
}


resource "random_password" "a" {
  length      = 16
  min_upper   = 2
  min_special = var.go
  keepers     = { go = var.go }
}

resource "random_password" "long" {
  length = 100
}

output "password" {
  value     = random_password.a.result
  sensitive = true
}

output "shapes" {
  value = [nonsensitive(length(random_password.a.result)), nonsensitive(length(random_password.a.bcrypt_hash)), random_password.long.id]
}
