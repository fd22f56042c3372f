module "one" {
  source = "./nowhere"
}
