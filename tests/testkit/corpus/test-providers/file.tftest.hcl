variables {
  region = "of a variable"
}

provider "probe" {
  region = var.region
}

run "file" {
}
