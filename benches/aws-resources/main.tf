# A hundred resources of the kinds that most configurations have, for an emulator: the endpoint, the
# region and the credentials come from the environment.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# An emulator knows no accounts, so the checks that the provider makes before its first real request
# are left out.
provider "aws" {
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true

  default_tags {
    tags = local.tags
  }
}

locals {
  name = "hundred"

  tags = {
    Name  = local.name
    Stage = "test"
  }
}

data "aws_region" "current" {}

data "aws_availability_zones" "available" {
  state = "available"
}
