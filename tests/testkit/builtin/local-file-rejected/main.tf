resource "local_file" "a" {
  filename = "a"
  content = "x"
  source = "y"
}
