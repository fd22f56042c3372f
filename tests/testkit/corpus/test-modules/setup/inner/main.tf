variable "name" {
}

output "shout" {
  value = upper(var.name)
}
