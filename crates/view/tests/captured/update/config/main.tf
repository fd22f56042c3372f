variable "secret" {
  type      = string
  sensitive = true
  default   = "hunter3"
}
variable "names" {
  type    = set(string)
  default = ["a", "b", "d"]
}
variable "nothing" { default = null }
locals {
  config = { a = [1, 2, { x = false }], b = null, c = "text" }
}
resource "terraform_data" "plain" {
  input = "goodbye"
}
resource "terraform_data" "counted" {
  count = 2
  input = "n-${count.index}"
}
resource "terraform_data" "each" {
  for_each = var.names
  input = {
    name = each.key
    tags = { Env = "prod", Name = each.key, "with space" = 1 }
    list = ["x", "new", "z", "w"]
    set  = toset(["q", "r"])
    deep = local.config
    doc  = <<-T
      line one
      line 2
      line three
    T
    json = jsonencode({ Statement = [{ Action = ["s3:Get*", "s3:Put*"], Effect = "Allow" }], Version = "2012" })
  }
}
resource "terraform_data" "secret" {
  input            = { password = var.secret, open = "yes" }
  triggers_replace = var.secret
}
resource "terraform_data" "replaced" {
  input            = terraform_data.plain.id
  triggers_replace = ["v2"]
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "whole_secret" { input = sensitive({ a = 1 }) }
resource "terraform_data" "taint_me" { input = "t" }
resource "terraform_data" "new_name" { input = "moved" }
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
  for_each = toset(["k1"])
  value  = terraform_data.plain.output
}
check "health" {
  assert {
    condition     = terraform_data.plain.output == "goodbye"
    error_message = "not hello"
  }
}
output "id" { value = terraform_data.plain.id }
output "known" { value = [1, "two", "2b", { three = 3 }] }
output "mixed" { value = { a = terraform_data.plain.id, b = "changed" } }
output "secret" { 
  value = var.secret 
  sensitive = true
}
output "text" {
  description = "some text"
  value = "first\n2nd\n"
}
output "m" { value = { for k, v in module.m : k => v.out } }
output "empty" { value = {} }
moved {
  from = terraform_data.old_name
  to   = terraform_data.new_name
}
removed {
  from = terraform_data.forget_me
  lifecycle { destroy = false }
}
import {
  to = terraform_data.imported
  id = "imported-id"
}
resource "terraform_data" "imported" { input = "now set" }
data "terraform_remote_state" "late" {
  backend = "local"
  config  = { path = terraform_data.plain.output }
}
data "terraform_remote_state" "early" {
  backend = "local"
  config  = { path = "${path.module}/other.tfstate" }
}
output "late" { value = data.terraform_remote_state.late.outputs }
