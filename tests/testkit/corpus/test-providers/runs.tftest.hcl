provider "probe" {
  region = "plain"
}

provider "probe" {
  alias  = "later"
  region = run.first.id
}

run "first" {
  providers = {
    probe        = probe
    probe.second = probe
  }
}

run "second" {
  state_key = "second"

  providers = {
    probe        = probe.later
    probe.second = probe
  }
}
