variable "kind" {
  type = "strin"
}
