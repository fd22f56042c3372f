variable "v" {}
resource "terraform_data" "deep" { input = var.v }
output "o" { value = terraform_data.deep.output }
