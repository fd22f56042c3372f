variables {
  name = "x"
}

run "does_not_hold" {
  variables {
    size  = 3
    bogus = true
  }

  assert {
    condition     = probe_thing.it.size == 4
    error_message = "The size is ${probe_thing.it.size}."
  }

  assert {
    condition     = output.name == "y"
    error_message = "The name is wrong."
  }
}

run "goes_on" {
  command = plan

  assert {
    condition     = probe_thing.it.size == 5
    error_message = "The size is not 5."
  }
}

run "is_not_known" {
  command = plan

  variables {
    name = "z"
    size = 9
  }

  plan_options {
    replace = [probe_thing.it]
  }

  assert {
    condition     = output.id == "1"
    error_message = "Nobody knows."
  }
}

run "is_left_out" {
}
