variable "name" {
  validation {
    condition     = var.name != ""
    error_message = "It needs a name."
  }
}

resource "terraform_data" "many" {
  count = 2
  input = "${var.name}${count.index}"
}

module "n" {
  source = "./n"
  count  = 2
  name   = "${var.name}n${count.index}"
}

output "many" {
  value = terraform_data.many[*].output
}

output "inner" {
  value = module.n[*].address
}
