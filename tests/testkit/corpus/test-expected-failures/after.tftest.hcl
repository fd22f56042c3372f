run "postcondition" {
  variables {
    after = "elsewhere"
    size  = 6
  }

  plan_options {
    replace = [probe_thing.it[0], probe_thing.it[1]]
  }

  expect_failures = [probe_thing.it]
}
