variable "go" {
  type    = string
  default = "1"
}


resource "random_bytes" "a" {
  length  = tonumber(var.go) + 15
  keepers = { go = var.go }
}

resource "random_bytes" "b" {
  length = 4
}
