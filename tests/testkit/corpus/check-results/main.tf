variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

variable "size" {
  default = 1

  validation {
    condition     = var.size > 0
    error_message = "No size."
  }
}

resource "terraform_data" "many" {
  count = 2
  input = var.size

  lifecycle {
    precondition {
      condition     = count.index < 5 && var.secret != ""
      error_message = "Too many."
    }
  }
}

output "size" {
  value = var.size

  precondition {
    condition     = var.size < 9
    error_message = "Too big."
  }
}
