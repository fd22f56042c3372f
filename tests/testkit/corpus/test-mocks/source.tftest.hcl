mock_provider "probe" {
  source = "./mocks"
}

run "apply" {
  assert {
    condition     = probe_thing.it.address == "from a file" && data.probe_thing.other.tags["from"] == "file"
    error_message = "What the files say holds."
  }
}
