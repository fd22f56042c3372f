variable "value" {
  type = string
  description = "a value"
}
resource "terraform_data" "in" { input = var.value }
module "inner" {
  source = "./inner"
  count = 2
  v = terraform_data.in.id
}
output "out" { value = module.inner[0].o }
