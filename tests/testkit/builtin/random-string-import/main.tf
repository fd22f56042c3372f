resource "random_string" "a" {
  length  = 8
  special = false
}

resource "random_string" "b" {
  length = 4
}
