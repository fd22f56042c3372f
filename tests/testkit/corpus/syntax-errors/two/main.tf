output "one" {
  value = "never ends
}
