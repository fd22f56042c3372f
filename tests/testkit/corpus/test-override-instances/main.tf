module "m" {
  source   = "./m"
  for_each = toset(["a", "b"])
  name     = each.key
}

output "many" {
  value = { for key, one in module.m : key => one.many }
}

output "inner" {
  value = { for key, one in module.m : key => one.inner }
}
