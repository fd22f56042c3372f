variable "size" {
  type    = string
  default = null
}

variable "more" {
  type    = set(number)
  default = ["3", 2]
}

output "sizes" {
  value = { size = var.size, more = var.more }
}
