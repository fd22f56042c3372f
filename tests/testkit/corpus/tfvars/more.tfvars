e = "more.tfvars"
f = "more.tfvars"
