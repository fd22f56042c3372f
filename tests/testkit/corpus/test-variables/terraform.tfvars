file = "tfvars"
