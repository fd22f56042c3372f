variable "go" {
  type    = string
  default = "1"
}


resource "local_sensitive_file" "text" {
  filename = "out/text-${var.go}.txt"
  content  = "hello ${var.go}\n"
}

resource "local_sensitive_file" "base64" {
  filename             = "out/binary"
  content_base64       = base64encode("x${var.go}")
  file_permission      = "0440"
  directory_permission = "0711"
}

resource "local_sensitive_file" "copy" {
  filename = "out/copy.txt"
  source   = "source.txt"
}

data "local_sensitive_file" "back" {
  filename = local_sensitive_file.text.filename
}

output "back" {
  value     = data.local_sensitive_file.back.content
  sensitive = true
}
