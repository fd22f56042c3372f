variable "a" {
  type    = number
  default = 1
}

variable "list" {
  type    = list(string)
  default = []
}
