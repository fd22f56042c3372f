run "limited" {
  plan_options {
    target = [probe_thing.a]
  }

  assert {
    condition     = output.a != ""
    error_message = "The one is there."
  }
}

run "all" {
}

run "replaces" {
  plan_options {
    replace = [probe_thing.a]
  }

  assert {
    condition     = output.a != run.all.a
    error_message = "It is another one."
  }
}

run "does_not_look" {
  variables {
    note = "changed"
  }

  plan_options {
    refresh = false
  }

  assert {
    condition     = probe_thing.b.note == "changed"
    error_message = "It changes."
  }
}

run "only_looks" {
  variables {
    note = "again"
  }

  plan_options {
    mode = refresh-only
  }

  assert {
    condition     = probe_thing.b.note == "changed"
    error_message = "It does not change."
  }
}
