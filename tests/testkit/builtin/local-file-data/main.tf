data "local_file" "a" {
  filename = "${path.module}/source.txt"
}

data "local_sensitive_file" "a" {
  filename = "source.txt"
}

output "a" {
  value = data.local_file.a
}

output "b" {
  value     = data.local_sensitive_file.a
  sensitive = true
}

output "exists" {
  value = [provider::local::direxists("."), provider::local::direxists("nowhere")]
}

terraform {
  required_providers {
    local = {
      source = "hashicorp/local"
    }
  }
}
