run "nothing_fails" {
  expect_failures = [var.size, check.healthy, probe_thing.it[0], output.size]
}

run "other_fails" {
  command = plan

  variables {
    size = 7
  }

  expect_failures = [check.healthy]
}

run "skipped" {
}
