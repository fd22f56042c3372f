module "inner" {
  source = "./inner"
}

output "x" {
  value = module.inner.x
}
