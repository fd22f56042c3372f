resource "time_rotating" "a" {}
