resource "random_password" "a" {
  length = 8
}

output "password" {
  value = random_password.a.result
}
