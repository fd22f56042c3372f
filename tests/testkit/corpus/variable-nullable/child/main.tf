variable "nullable" {
  default = "from the default"
}

variable "otherwise" {
  default  = "from the default"
  nullable = false
}

variable "hidden" {
  default   = "hush"
  nullable  = false
  sensitive = true
}

output "nullable" {
  value = var.nullable
}

output "otherwise" {
  value = var.otherwise
}

output "hidden" {
  value     = var.hidden
  sensitive = true
}
