variable "go" {
  type    = string
  default = "1"
}


resource "time_static" "now" {
  triggers = { go = var.go }
}

resource "time_static" "imported" {}
