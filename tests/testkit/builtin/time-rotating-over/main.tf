resource "time_rotating" "past" {
  rfc3339       = "2020-01-01T00:00:00Z"
  rotation_days = 1
}

resource "time_rotating" "now" {
  rotation_years = 1
}

resource "time_rotating" "imported" {
  rotation_days = 30
}
