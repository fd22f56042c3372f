variable "name" {
  default = "x"
}

output "one" {
  value = "${var.name"
}
