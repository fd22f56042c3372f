variable "go" {
  type    = string
  default = "1"
}


resource "random_id" "a" {
  byte_length = 4
  prefix      = "p-"
  keepers     = { go = var.go }
}

resource "random_id" "b" {
  byte_length = tonumber(var.go) + 7
}

output "lengths" {
  value = [length(random_id.a.hex), length(random_id.b.hex), length(random_id.b.b64_url), length(random_id.b.b64_std)]
}
