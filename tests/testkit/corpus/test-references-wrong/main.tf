variable "name" {
  default = "x"
}

resource "terraform_data" "it" {
  input = var.name
}

output "name" {
  value = var.name
}
