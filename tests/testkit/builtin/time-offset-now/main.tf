resource "time_offset" "now" {
  offset_hours = 1
}

resource "time_offset" "imported" {
  offset_days = 7
}
