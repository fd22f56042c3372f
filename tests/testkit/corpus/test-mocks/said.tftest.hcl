mock_provider "probe" {
  mock_resource "probe_thing" {
    override_during = plan

    defaults = {
      id       = "known"
      address  = "1.2.3.4"
      size     = 4
      flexible = "flexible"
      upper    = "UPPER"
      key      = "key"
      rule = {
        handle   = "handle"
        protocol = "icmp"
      }
    }
  }

  mock_data "probe_echo" {
    defaults = {
      output = 12
    }
  }

  override_data {
    target = data.probe_thing.other
    values = {
      size = 77
    }
  }
}

run "plan" {
  command = plan

  assert {
    condition     = probe_thing.it.address == "1.2.3.4" && probe_thing.it.size == 4
    error_message = "What the test says is known while planning."
  }

  assert {
    condition     = probe_thing.it.rule[1].protocol == "udp"
    error_message = "What is configured is as it was."
  }

  assert {
    condition     = data.probe_thing.other.size == 77
    error_message = "It is said of single objects, too."
  }
}

run "apply" {
  assert {
    condition     = probe_thing.it.rule[0].protocol == "icmp" && probe_thing.it.rule[0].handle == "handle"
    error_message = "It is said of blocks, too."
  }

  assert {
    condition     = probe_thing.it.id == "known" && probe_counter.depends.trigger == "1.2.3.4" && data.probe_echo.read.output == "12"
    error_message = "It is as it was planned."
  }
}
