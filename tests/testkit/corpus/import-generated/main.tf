terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

import {
  to = terraform_data.new
  id = "abc"
}
