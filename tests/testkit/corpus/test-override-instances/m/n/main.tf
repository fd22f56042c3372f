variable "name" {
}

resource "terraform_data" "it" {
  input = var.name
}

output "address" {
  value = terraform_data.it.output
}
