variable "name" {
  description = "Whom to greet."
}

variable "list" {
  type = list(number)
}

output "greeting" {
  value = ["hello ${var.name}", var.list]
}
