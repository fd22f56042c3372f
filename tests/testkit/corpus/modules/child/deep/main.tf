variable "name" {}

output "path" {
  value = "${path.module} ${var.name}"
}
