resource "random_string" "a" {
  length    = 4
  min_lower = 3
  min_upper = 2
}
