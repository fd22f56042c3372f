resource "time_sleep" "a" {
  create_duration = "soon"
}
