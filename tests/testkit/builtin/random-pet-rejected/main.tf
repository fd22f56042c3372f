resource "random_pet" "a" {
  length  = 2
  keepers = { a = null }
}
