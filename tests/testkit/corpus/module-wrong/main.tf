module "one" {
  source = "./child"
  nmae   = "x"
}

output "missing" {
  value = module.one.nothing
}
