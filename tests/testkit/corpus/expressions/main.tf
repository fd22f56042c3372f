terraform {
  required_providers {
    probe = {
      source = "testing/probe"
    }
  }
}


resource "probe_thing" "one" {
  name = "web"
  list = ["a", "b"]
}

resource "probe_thing" "many" {
  count = 2
  name  = "many-${count.index}"
}

output "known" {
  value = {
    arithmetic  = (1 + 2) * 3 - 4 / 5 % 6
    comparison  = [1 < 2, 2 <= 2, "a" == "a", [1] != [2], !true, true && false || true]
    conditional = 1 > 2 ? "yes" : "no"
    splat       = probe_thing.many[*].name
    legacy      = probe_thing.many.*.name
    nested      = [for thing in probe_thing.many : { for key, value in { a = thing.name } : key => value... }]
    template    = "%{for name in ["x", "y"]}${name};%{endfor}%{if true}yes%{else}no%{endif}"
    heredoc     = <<-EOT
      first
        second ${probe_thing.one.name}
    EOT
    escapes     = "a\tb\n$${not} %%{not} \u00e9"
  }
}

output "unknown" {
  value = {
    id          = probe_thing.one.id
    prefix      = startswith(probe_thing.one.address, "10.")
    not_null    = probe_thing.one.address == null
    joined      = "x-${probe_thing.one.id}"
    length      = length([probe_thing.one.id, "b"])
    conditional = probe_thing.one.id == "a" ? "yes" : "no"
    index       = { a = probe_thing.one.id, b = 2 }["b"]
    all         = probe_thing.many[*].id
    try         = try(probe_thing.one.anything.nothing, "fallback")
  }
}
