variable "go" {
  type    = string
  default = "1"
}


resource "local_file" "text" {
  filename = "${path.module}/out/text-${var.go}.txt"
  content  = "hello ${var.go}\n"
}

resource "local_file" "base64" {
  filename        = "out/binary"
  content_base64  = base64encode("x${var.go}")
  file_permission = "0640"
}

resource "local_file" "copy" {
  filename             = "out/deep/er/copy.txt"
  source               = "source.txt"
  directory_permission = "0750"
  file_permission      = "0600"
}

resource "local_file" "empty" {
  filename = "out/empty"
  content  = ""
}

resource "local_file" "secret" {
  filename          = "out/secret"
  sensitive_content = "secret ${var.go}"
}

resource "local_file" "unknown" {
  filename = "out/unknown"
  content  = local_file.text.id
}
