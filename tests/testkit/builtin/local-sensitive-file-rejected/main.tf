resource "local_sensitive_file" "a" {
  filename = "a"
}
