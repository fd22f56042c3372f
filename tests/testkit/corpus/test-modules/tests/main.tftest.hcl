run "setup" {
  module {
    source = "./setup"
  }
}

run "main" {
  variables {
    id = run.setup.id
  }

  assert {
    condition     = output.zone == run.setup.id && run.setup.inner == "SETUP"
    error_message = "The zone is ${output.zone}."
  }
}

run "again" {
  module {
    source = "./setup"
  }

  variables {
    name = "again"
  }

  assert {
    condition     = probe_thing.setup.id == run.setup.id && module.inner.shout == "AGAIN"
    error_message = "It is another object."
  }
}

run "apart" {
  state_key = "apart"

  module {
    source = "./setup"
  }

  assert {
    condition     = probe_thing.setup.id != run.setup.id
    error_message = "It is the same object."
  }
}
