resource "random_integer" "a" {
  min = 1
  max = 50000
}

resource "random_integer" "b" {
  min  = 1
  max  = 50000
  seed = "12345"
}
