output "one" {
  value = uper("x")
}

output "two" {
  value = upper("x", "y")
}

output "three" {
  value = join()
}
