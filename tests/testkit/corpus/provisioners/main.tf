terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}

variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}

variable "mode" {
  type    = string
  default = "a"
}

resource "probe_thing" "first" {
  name = "first"
}

resource "probe_thing" "web" {
  name = "web"
  zone = var.mode

  provisioner "local-exec" {
    command     = "echo $NAME ${self.id}; echo \"to stderr\" >&2"
    environment = { NAME = probe_thing.first.id, NONE = null }
  }

  provisioner "local-exec" {
    interpreter = ["/bin/sh", "-ec"]
    working_dir = "/"
    command     = "pwd; false; echo never"
    on_failure  = continue
  }

  provisioner "local-exec" {
    quiet   = true
    command = "echo quiet"
  }

  provisioner "local-exec" {
    when    = destroy
    command = "echo bye ${self.name}"
  }
}

resource "probe_thing" "secret" {
  name = "secret"

  provisioner "local-exec" {
    command = "echo ${var.secret}"
  }

  provisioner "local-exec" {
    command = "echo ${terraform.applying}"
  }

  provisioner "local-exec" {
    command = "echo ${var.secret} ${terraform.applying}"
  }
}

resource "probe_thing" "many" {
  for_each = toset(var.mode == "a" ? ["x", "y"] : ["x"])
  name     = "many-${each.key}"

  provisioner "local-exec" {
    when    = destroy
    command = "echo bye ${each.key}"
  }
}
