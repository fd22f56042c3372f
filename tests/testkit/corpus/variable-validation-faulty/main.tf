variable "one" {
  default = 1

  validation {
    condition     = true
    error_message = "Never."
  }
}

variable "two" {
  default = 1

  validation {
    condition     = length(var.two) > 0
    error_message = "It has no length."
  }
}
