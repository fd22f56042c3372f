resource "local_file" "a" {
  filename = "a.txt"
  content  = "as planned"
}

resource "local_file" "b" {
  filename = "b.txt"
  source   = "source.txt"
}

resource "local_sensitive_file" "c" {
  filename = "c.txt"
  content  = "as planned"
}
