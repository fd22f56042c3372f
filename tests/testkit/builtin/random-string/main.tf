variable "go" {
  type    = string
  default = "1"
}


resource "random_string" "plain" {
  length = 12
}

resource "random_string" "all" {
  length           = 20
  lower            = true
  upper            = false
  numeric          = true
  special          = true
  min_lower        = 2
  min_numeric      = 3
  min_special      = var.go
  override_special = "!_"
  keepers          = { go = var.go }
}

resource "random_string" "digits" {
  length  = 5
  lower   = false
  upper   = false
  special = false
}

resource "random_string" "letters" {
  length  = 3
  numeric = false
}

output "shapes" {
  value = [
    can(regex("^[a-z0-9!_]{20}$", random_string.all.result)),
    can(regex("^[0-9]{5}$", random_string.digits.result)),
    can(regex("^[^0-9]{3}$", random_string.letters.result)),
  ]
}
