variable "go" {
  type    = string
  default = "1"
}


resource "random_shuffle" "seeded" {
  input = ["a", "b", "c", "d", "e", "f", "g"]
  seed  = "s"
}

resource "random_shuffle" "few" {
  input        = ["a", "b", "c", "d", "e"]
  result_count = 2
  seed         = "s-${var.go}"
}

resource "random_shuffle" "many" {
  input        = ["a", "b", "c"]
  result_count = 8
  seed         = "-"
  keepers      = { go = var.go }
}

resource "random_shuffle" "none" {
  input        = ["a"]
  result_count = 0
}

resource "random_shuffle" "empty" {
  input        = []
  result_count = 3
}

output "all" {
  value = [
    random_shuffle.seeded.result, random_shuffle.few.result, random_shuffle.many.result,
    random_shuffle.none.result, random_shuffle.empty.result,
  ]
}
