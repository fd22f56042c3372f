# Nothing here is for the provider that the modules want.
module "empty" {
  source = "./child"
  names  = []
}

module "one" {
  source = "./child"
  names  = ["a"]
  label  = "x"
}

output "first" {
  value = module.empty.first
}

output "label" {
  value = module.empty.label
}

output "labels" {
  value = [module.empty.label, module.one.label]
}
