output "one" {
  value = file("${path.module}/missing.txt")
}

output "two" {
  value = element([], 0)
}

output "three" {
  value = tonumber("many") + 1
}

output "four" {
  value = { a = 1 }.b
}

output "five" {
  value = [1, 2][2]
}
