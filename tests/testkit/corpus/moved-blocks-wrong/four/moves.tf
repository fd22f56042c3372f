moved {
  from = probe_thing.a
  to   = probe_thing.one
}

moved {
  from = probe_thing.a
  to   = probe_thing.two
}

moved {
  from = probe_thing.b[0]
  to   = probe_thing.b
  more = 1
}
