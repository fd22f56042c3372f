removed {
  from = probe_thing.one

  lifecycle {
    destroy = false
  }
}
