variables {
  name = "first"
}

run "makes" {
  assert {
    condition     = probe_thing.it.name == "first" && output.name == "first" && local.doubled == 2
    error_message = "Something else was made."
  }
}

run "plans" {
  command = plan

  variables {
    size = 2
  }

  assert {
    condition     = probe_thing.it.size == 2 && probe_thing.it.id == run.makes.id
    error_message = "It would be another object."
  }
}

run "changes" {
  variables {
    name = "${run.makes.name}-again"
  }

  assert {
    condition     = output.name == "first-again" && run.makes.name == "first" && run.plans.name == "first"
    error_message = "The name is ${output.name}."
  }

  assert {
    condition     = output.id == run.makes.id
    error_message = "It is another object."
  }
}
