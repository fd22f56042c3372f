resource "terraform_data" "it" {
  input = 1
}
