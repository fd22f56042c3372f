run "variable" {
  command = plan

  variables {
    size = 500
  }

  expect_failures = [var.size]
}

run "precondition" {
  command = plan

  variables {
    before = false
  }

  expect_failures = [probe_thing.it[1]]
}

run "all_instances" {
  command = plan

  variables {
    before = false
  }

  expect_failures = [probe_thing.it]
}

run "output" {
  command = plan

  variables {
    size = 7
  }

  expect_failures = [output.size]
}

run "check" {
  variables {
    size = 5
  }

  expect_failures = [check.healthy]
}
