variable "go" {
  type    = string
  default = "1"
}


resource "random_integer" "a" {
  min  = 1
  max  = 50000
  seed = "12345"
}

resource "random_integer" "b" {
  min     = -10
  max     = 10
  seed    = var.go
  keepers = { go = var.go }
}

resource "random_integer" "same" {
  min  = 7
  max  = 7
}

resource "random_integer" "wide" {
  min  = 0
  max  = 9007199254740993
  seed = "wide"
}

output "results" {
  value = [random_integer.a.result, random_integer.b.result, random_integer.same.result, random_integer.wide.result]
}
