module "one" {
  source = "./child"
  value  = null
}
