variable "size" {
  default = 1
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

output "size" {
  value = var.size

  precondition {
    condition     = var.size < 5
    error_message = "The size ${var.size} is too big."
  }
}

output "secret" {
  value     = var.secret
  sensitive = true

  precondition {
    condition     = var.secret != ""
    error_message = "No secret."
  }
}
