variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

output "leak" {
  value = "x${var.secret}"
}
