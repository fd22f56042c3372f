override_resource {
  target = probe_thing.real
  values = {
    address = "of the file"
  }
}

override_data {
  target = data.probe_echo.read
  values = {
    output = "said"
  }
}

run "file" {
  assert {
    condition     = jsonencode(output.addresses) == jsonencode(["of the file", "10.0.0.1", "10.0.0.1"]) && output.read == "said"
    error_message = "One is replaced, the others are real."
  }

  assert {
    condition     = output.child.name == "inside"
    error_message = "The module is real."
  }
}

run "run" {
  state_key = "other"

  override_resource {
    target = probe_thing.real
    values = {
      address = "of the run"
    }
  }

  override_resource {
    target = probe_thing.many[1]
    values = {
      address = "the second"
    }
  }

  assert {
    condition     = jsonencode(output.addresses) == jsonencode(["of the run", "10.0.0.1", "the second"])
    error_message = "The run counts more."
  }
}

run "module" {
  state_key = "third"

  override_module {
    target = module.child
    outputs = {
      name = "said"
    }
  }

  assert {
    condition     = module.child.name == "said" && module.child.list == null
    error_message = "There is nothing in the module."
  }
}

run "early" {
  command   = plan
  state_key = "fourth"

  override_resource {
    target          = probe_thing.real
    override_during = plan
    values = {
      address = "early"
    }
  }

  assert {
    condition     = output.addresses[0] == "early"
    error_message = "It is known while planning."
  }
}
