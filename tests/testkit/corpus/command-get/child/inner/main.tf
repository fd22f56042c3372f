output "x" {
  value = "deep"
}
