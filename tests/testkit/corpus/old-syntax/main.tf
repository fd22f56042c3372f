terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


variable "name" {
  default = "web"
}

variable "sizes" {
  default = {
    "a" = 1
  }
}

variable "list" {
  default = ["x"]
}

resource "probe_thing" "one" {
  name     = "${var.name}"
  note     = "${probe_counter.two.id}"
  list     = ["${var.list[0]}", "${element(var.list, 3)}"]
  size     = "${lookup(var.sizes, "a")}"
  password = "${var.secret}"

  lifecycle {
    ignore_changes = ["note"]
  }
}

resource "probe_counter" "two" {
  name       = "two"
  depends_on = ["data.probe_echo.three"]
}

data "probe_echo" "three" {}

resource "probe_thing" "many" {
  count = 2
  name  = "many-${count.index}"
}

output "all" {
  value = "${join(",", probe_thing.many.*.name)} ${probe_thing.many.0.name}"
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
