resource "probe_thing" {
}

surprise "x" {
}
