resource "random_id" "a" {
  byte_length = 4
  prefix      = "p-"
}

resource "random_id" "b" {
  byte_length = 8
}
