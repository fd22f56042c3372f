run "command" {
  command = destroy
  unknown = 1
  assert {
    condition = true
  }
  strange {
  }
}

run "command" {
}

run "modules" {
  module {
  }
}

variables {
  a = 1
}

variables {
  b = 2
}

strange {
}
