variable "go" {
  type    = string
  default = "1"
}


resource "random_uuid" "a" {
  keepers = { go = var.go }
}

resource "random_uuid" "b" {}
