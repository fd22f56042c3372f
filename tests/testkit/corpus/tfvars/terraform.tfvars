b = "terraform.tfvars"
c = "terraform.tfvars"
d = "terraform.tfvars"
secret = "from a file"
