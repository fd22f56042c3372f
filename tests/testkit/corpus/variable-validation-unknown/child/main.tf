variable "id" {
  type = string

  validation {
    condition     = var.id == "web-1"
    error_message = "The id is ${var.id}."
  }
}

output "id" {
  value = var.id
}
