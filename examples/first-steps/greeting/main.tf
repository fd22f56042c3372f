variable "name" {
  description = "Whom to greet."
  type        = string
}

variable "language" {
  description = "In which language."
  type        = string
}

locals {
  words = {
    de = "Hallo"
    en = "Hello"
    fr = "Bonjour"
  }
}

output "text" {
  description = "The greeting."
  value       = "${local.words[var.language]}, ${var.name}!"
}
