import {
  to = probe_thing.one
  id = "nobody"
}
