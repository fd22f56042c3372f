variable "list" {
  type = list(number)
}

variable "object" {
  type = object({ size = number })
}
