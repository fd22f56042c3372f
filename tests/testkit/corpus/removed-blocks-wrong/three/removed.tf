removed {
  from = probe_thing.gone[0]

  lifecycle {
    destroy = false
  }
}

removed {
  from = data.probe_echo.x
}
