terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "flag" {
  default = "first"
}

resource "probe_deep" "one" {
  name   = "web"
  single = { a = var.flag, secret = var.secret }
  list   = [{ a = "one", deep = [{ x = "y" }, { x = probe_deep.two.id }] }, { a = var.flag, n = 5 }]
  set    = [{ a = "same" }, { a = var.flag }]
  map    = { k = { a = var.flag }, l = { a = probe_deep.two.id } }
  forced = { a = var.flag == "third" ? "other" : "same" }
}

resource "probe_deep" "two" {
  name = "db"
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
