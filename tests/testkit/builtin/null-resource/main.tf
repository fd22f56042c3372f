variable "go" {
  type    = string
  default = "1"
}


resource "null_resource" "a" {
  triggers = { go = var.go, unknown = null_resource.b.id }
}

resource "null_resource" "b" {}

resource "null_resource" "c" {
  count    = 2
  triggers = {}
}
