variable "go" {
  type    = string
  default = "1"
}


resource "random_integer" "a" {
  min = 5
  max = var.go
}
