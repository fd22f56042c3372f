variable "go" {
  type    = string
  default = "1"
}


resource "time_static" "given" {
  rfc3339 = "2020-02-12T06:36:13Z"
}

resource "time_static" "zone" {
  rfc3339 = "2021-12-31T23:59:59.5-05:00"
}

resource "time_static" "later" {
  rfc3339  = "202${var.go}-03-01T00:00:00Z"
  triggers = { go = var.go }
}

output "all" {
  value = [time_static.given, time_static.zone, time_static.later.unix]
}
