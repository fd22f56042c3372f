variable "value" {
  type     = string
  nullable = false
}
