variable "go" {
  type    = string
  default = "1"
}


resource "time_offset" "years" {
  base_rfc3339  = "2020-02-29T12:00:00Z"
  offset_years  = var.go
  offset_months = 1
}

resource "time_offset" "all" {
  base_rfc3339   = "2020-01-31T00:00:00Z"
  offset_days    = -7
  offset_hours   = 4
  offset_minutes = 10
  offset_months  = 1
  offset_seconds = var.go
  triggers       = { a = "b" }
}

resource "time_offset" "triggered" {
  base_rfc3339 = "2020-01-01T00:00:00Z"
  offset_days  = 1
  triggers     = { go = var.go }
}

output "all" {
  value = [time_offset.years, time_offset.all]
}
