mock_provider "probe" {
}

run "plan" {
  command = plan

  assert {
    condition     = probe_thing.it.name == "first" && probe_thing.it.rule[1].protocol == "udp"
    error_message = "What is configured is as it was."
  }
}

run "apply" {
  assert {
    condition     = length(probe_thing.it.id) == 8 && length(probe_thing.it.rule[0].protocol) == 8 && probe_thing.it.size == 0
    error_message = "What is computed is made up by its type."
  }

  assert {
    condition     = probe_thing.it.rule[1].protocol == "udp" && probe_thing.it.tags == null && probe_thing.it.zone == null
    error_message = "What is configured, or could be, is as it was."
  }

  assert {
    condition     = probe_counter.depends.trigger == probe_thing.it.address && length(data.probe_echo.read.output) == 8
    error_message = "What is made up can be referred to."
  }

  assert {
    condition     = data.probe_thing.other.size == 0 && length(data.probe_thing.other.tags) == 0 && data.probe_thing.other.id == "x"
    error_message = "Data sources are made up too."
  }
}

run "change" {
  variables {
    name = "second"
  }

  assert {
    condition     = probe_thing.it.id == run.apply.it.id && probe_thing.it.name == "second"
    error_message = "What is made up stays."
  }
}
