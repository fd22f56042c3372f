mock_provider "probe" {
  mock_resource "probe_thing" {
    defaults = {
      address = "of the type"
    }
  }

  override_resource {
    target = probe_thing.many
    values = {
      address = "of the provider"
    }
  }

  override_resource {
    target = module.child.probe_thing.inside
    values = {
      address = "inside"
    }
  }
}

run "mocked" {
  assert {
    condition     = jsonencode(output.addresses) == jsonencode(["of the type", "of the provider", "of the provider"])
    error_message = "Overrides of the provider count more than its types."
  }

  assert {
    condition     = output.child.list[0] == "inside"
    error_message = "Objects in modules are replaced too."
  }
}
