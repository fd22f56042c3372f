terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "works" {
  type    = bool
  default = false
}

resource "probe_thing" "made" {
  name = "made"

  provisioner "local-exec" {
    command = "echo trying; ${var.works}"
  }

  provisioner "local-exec" {
    command = "echo after"
  }

  provisioner "local-exec" {
    when    = destroy
    command = "echo leaving; test -e let-go"
  }
}

resource "probe_thing" "dependent" {
  name = "dependent"
  note = probe_thing.made.id
}
