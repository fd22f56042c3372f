resource "terraform_data" "a" {
  provisioner "local-exec" {}
}

resource "terraform_data" "b" {
  provisioner "local-exec" {
    command = "true"
    nope    = 1
  }
}

resource "terraform_data" "c" {
  connection {
    type = "ssh"
  }

  provisioner "local-exec" {
    command = "true"
  }
}

resource "terraform_data" "unused" {
  connection {
    type = "ssh"
  }
}
