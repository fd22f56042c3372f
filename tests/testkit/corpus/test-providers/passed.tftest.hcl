provider "probe" {
  alias  = "a"
  region = "a"
}

provider "probe" {
  alias  = "b"
  region = "b"
}

mock_provider "probe" {
  alias = "mocked"
}

run "passed" {
  providers = {
    probe        = probe.a
    probe.second = probe.b
  }
}

run "mocked" {
  state_key = "mocked"

  providers = {
    probe        = probe.mocked
    probe.second = probe.mocked
  }

  assert {
    condition     = length(output.id) == 8
    error_message = "It is made up."
  }
}
