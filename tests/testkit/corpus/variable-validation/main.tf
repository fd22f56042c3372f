variable "size" {
  type    = number
  default = 3

  validation {
    condition     = var.size > 0 && var.size <= var.limit
    error_message = "The size must be between 1 and ${var.limit}."
  }
}

variable "limit" {
  default = 10
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true

  validation {
    condition     = length(var.secret) > 3
    error_message = "The secret is too short."
  }
}

output "size" {
  value = var.size
}
