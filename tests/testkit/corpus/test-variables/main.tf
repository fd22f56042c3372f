variable "weakest" {
  type = string
}

variable "file" {
  type    = string
  default = "default"
}

variable "directory" {
  type    = string
  default = "default"
}

variable "number" {
  type    = number
  default = 1
}

variable "secret" {
  type      = string
  default   = "hidden"
  sensitive = true
}

resource "terraform_data" "all" {
  input = "${var.weakest} ${var.file} ${var.directory} ${var.number}"
}

output "all" {
  value = terraform_data.all.output
}
