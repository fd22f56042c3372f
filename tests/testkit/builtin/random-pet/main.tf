variable "go" {
  type    = string
  default = "1"
}


resource "random_pet" "plain" {}

resource "random_pet" "all" {
  length    = 3
  prefix    = "my-${var.go}"
  separator = "_"
  keepers   = { go = var.go }
}

resource "random_pet" "unknown" {
  prefix = random_pet.plain.id
}

output "separators" {
  value = length(split("_", random_pet.all.id))
}
