variable "secret" {
  type      = string
  sensitive = true
  default   = "hunter2"
}
variable "names" {
  type    = set(string)
  default = ["a", "b", "c"]
}
variable "nothing" { default = null }
locals {
  config = { a = [1, 2, { x = true }], b = null, c = "text" }
}
resource "terraform_data" "plain" {
  input = "hello"
}
resource "terraform_data" "counted" {
  count = 3
  input = "n-${count.index}"
}
resource "terraform_data" "each" {
  for_each = var.names
  input = {
    name = each.key
    tags = { Env = "dev", Name = each.key, "with space" = 1 }
    list = ["x", "y", "z"]
    set  = toset(["p", "q"])
    deep = local.config
    doc  = <<-T
      line one
      line two
      line three
    T
    json = jsonencode({ Statement = [{ Action = "s3:Get*", Effect = "Allow" }], Version = "2012" })
  }
}
resource "terraform_data" "secret" {
  input            = { password = var.secret, open = "yes" }
  triggers_replace = var.secret
}
resource "terraform_data" "replaced" {
  input            = terraform_data.plain.id
  triggers_replace = ["v1"]
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "gone" { input = 1.5 }
resource "terraform_data" "whole_secret" { input = sensitive({ a = 1 }) }
resource "terraform_data" "taint_me" { input = "t" }
resource "terraform_data" "old_name" { input = "moved" }
resource "terraform_data" "forget_me" { input = "forget" }
resource "terraform_data" "unchanged" { input = "same" }
resource "terraform_data" "checked" {
  input = "c"
  lifecycle {
    precondition {
      condition     = length(var.names) > 0
      error_message = "names needed"
    }
    postcondition {
      condition     = self.input == "c"
      error_message = "must be c"
    }
  }
}
module "m" {
  source = "../mod"
  for_each = toset(["k1", "k2"])
  value  = terraform_data.plain.output
}
check "health" {
  assert {
    condition     = terraform_data.plain.output == "hello"
    error_message = "not hello"
  }
}
output "id" { value = terraform_data.plain.id }
output "known" { value = [1, "two", { three = 3 }] }
output "mixed" { value = { a = terraform_data.plain.id, b = "known" } }
output "secret" { 
  value = var.secret 
  sensitive = true
}
output "text" {
  description = "some text"
  value = "first\nsecond\n"
}
output "m" { value = { for k, v in module.m : k => v.out } }
output "nul" { value = null }
output "empty" { value = {} }
