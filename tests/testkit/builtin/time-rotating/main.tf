variable "go" {
  type    = string
  default = "1"
}


resource "time_rotating" "ahead" {
  rfc3339       = "2999-01-31T00:00:00Z"
  rotation_days = 30
  triggers      = { go = var.go }
}

resource "time_rotating" "months" {
  rfc3339         = "2999-01-31T00:00:00Z"
  rotation_months = var.go
}

resource "time_rotating" "until" {
  rfc3339          = "2020-01-01T00:00:00Z"
  rotation_rfc3339 = "2998-01-01T00:00:00Z"
}

output "all" {
  value = [time_rotating.ahead, time_rotating.months, time_rotating.until]
}
