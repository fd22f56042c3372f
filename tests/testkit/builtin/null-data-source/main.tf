variable "go" {
  type    = string
  default = "1"
}


data "null_data_source" "a" {
  inputs = { go = var.go }
}

data "null_data_source" "late" {
  inputs = { id = null_resource.x.id }
}

data "null_data_source" "none" {}

resource "null_resource" "x" {}

output "all" {
  value = [data.null_data_source.a.outputs, data.null_data_source.a.has_computed_default, data.null_data_source.none.outputs]
}

output "given" {
  value = data.null_data_source.b.has_computed_default
}

data "null_data_source" "b" {
  has_computed_default = "mine"
}
