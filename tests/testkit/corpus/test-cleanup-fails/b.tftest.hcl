run "makes_nothing" {
  command = plan
}
