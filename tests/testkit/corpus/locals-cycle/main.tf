locals {
  one = local.two
  two = local.one
}
