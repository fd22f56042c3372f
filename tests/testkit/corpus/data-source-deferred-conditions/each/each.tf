# Nobody knows what it hears.
data "probe_echo" "each" {
  for_each = { a = probe_thing.one.id }
  input    = each.value

  lifecycle {
    postcondition {
      condition     = self.output == "web-1"
      error_message = "It is not web-1 but ${self.output}."
    }
  }
}
