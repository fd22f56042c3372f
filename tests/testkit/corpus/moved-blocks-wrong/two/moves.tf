moved {
  from = probe_thing.one
  to   = probe_thing.two
}
