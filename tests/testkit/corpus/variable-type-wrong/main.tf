variable "number" {
  type    = number
  default = "many"
}

variable "object" {
  type    = object({ size = number })
  default = { weight = 1 }
}
