run "failures" {
  expect_failures = ["var.x", module.y, terraform_data.it]
}

run "options" {
  plan_options {
    mode = sideways
  }
}

mock_provider "terraform" {
  override_during = never
  mock_resource {
  }
  mock_resource "terraform_data" {
    other = 1
  }
}

override_resource {
  values = {}
}

override_resource {
  target = module.x
}

override_data {
  target = terraform_data.it
}

override_module {
  target = terraform_data.it
}
