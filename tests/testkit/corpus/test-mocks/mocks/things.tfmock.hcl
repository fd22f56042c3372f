mock_resource "probe_thing" {
  defaults = {
    address = "from a file"
  }
}

mock_data "probe_thing" {
  defaults = {
    tags = { from = "file" }
  }
}
