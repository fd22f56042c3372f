resource "probe_thing" "deep" {
  name = "deep"
}
