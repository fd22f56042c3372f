moved {
  from = probe_thing.gone
  to   = probe_thing.gone
}

moved {
  from = probe_thing.old
  to   = module.nowhere.probe_thing.x
}
