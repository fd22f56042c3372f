run "too_early" {
  variables {
    size = 500
  }

  expect_failures = [var.size]
}
