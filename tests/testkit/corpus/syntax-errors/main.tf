output "one" {
  value = 1 +
}

output "two" {
  value = [1, 2
}
