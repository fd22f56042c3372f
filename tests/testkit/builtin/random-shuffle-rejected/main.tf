resource "random_shuffle" "a" {
  input = ["a", null]
}
