variable "go" {
  type    = string
  default = "1"
}


resource "time_sleep" "a" {
  create_duration  = "10ms"
  destroy_duration = "1${var.go}ms"
}

resource "time_sleep" "b" {
  create_duration = "0.01s"
  triggers        = { go = var.go }
}

resource "time_sleep" "imported" {
  destroy_duration = "1ms"
}
