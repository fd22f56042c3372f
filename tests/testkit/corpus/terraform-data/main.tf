variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

variable "input" {
  type    = any
  default = { a = [1, "x"] }
}

resource "terraform_data" "one" {
  input = var.input
}

resource "terraform_data" "two" {
  input            = terraform_data.one.id
  triggers_replace = [var.input, sensitive(var.secret)]
}

resource "terraform_data" "empty" {}

output "one" {
  value = terraform_data.one.output
}
