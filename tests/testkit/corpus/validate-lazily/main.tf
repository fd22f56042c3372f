variable "s" { type = string }
variable "n" { type = number }
variable "b" { type = bool }
variable "ls" { type = list(string) }
variable "ms" { type = map(string) }
variable "o" { type = object({ a = string }) }
variable "lo" { type = list(object({ a = string })) }
variable "mo" { type = map(object({ a = string })) }
variable "so" { type = set(object({ a = string })) }
variable "t" { type = tuple([string, number]) }
variable "any" {}
resource "terraform_data" "one" {}
resource "terraform_data" "count" { count = var.n }
resource "terraform_data" "count2" { count = 2 }
resource "terraform_data" "each" { for_each = var.ms }
resource "terraform_data" "each2" { for_each = { a = 1 } }
data "terraform_remote_state" "x" { backend = "local" }
module "m" { source = "./m" }
module "mc" { 
  source = "./m" 
  count = 2
}
module "me" { 
  source = "./m" 
  for_each = { a = 1 }
}

locals {
  o1 = [for x in [] : terraform_data.one.nonexistent]
  o2 = [for x in var.ls : terraform_data.one.nonexistent]
  o3 = true ? 1 : terraform_data.one.nonexistent
  o4 = try(terraform_data.one.nonexistent, 1)
  o5 = can(terraform_data.one.nonexistent)
  o6 = terraform_data.one["nonexistent"]
  o7 = terraform_data.one["id"]
  o8 = terraform_data.one[var.s]
  o9 = terraform_data.count[0].nonexistent
  o10 = terraform_data.count[var.n].nonexistent
  o11 = terraform_data.count[var.n]["nonexistent"]
  o12 = [for x in [] : terraform_data.count[x].nonexistent]
  o13 = [for x in [] : terraform_data.count[0].nonexistent]
  o14 = terraform_data.count[0]["nonexistent"]
  o15 = terraform_data.each["a"].nonexistent
  o16 = terraform_data.each[var.s].nonexistent
  o17 = [for x in [] : terraform_data.each[x].nonexistent]
  o18 = terraform_data.count.*.nonexistent
  o19 = terraform_data.count[*].id.foo
  o20 = terraform_data.one.id.foo
  o21 = terraform_data.one.id["foo"]
  o22 = terraform_data.one.id[0]
  o23 = terraform_data.one.id[*]
  o24 = terraform_data.one.id[*].foo
  o25 = terraform_data.one.output.foo.bar[3]
  o26 = terraform_data.one.input[0]
  o27 = terraform_data.one.triggers_replace.x
  o28 = terraform_data.one[*].nonexistent
  o29 = terraform_data.one.*.nonexistent
  o30 = "${terraform_data.one.nonexistent}"
  o31 = terraform_data.one.nonexistent.more
  o32 = [for terraform_data in [{one=1}] : terraform_data.one]
  o33 = true ? 1 : terraform_data.one.id.foo
  o34 = [for x in [] : module.m.nonexistent]
  o35 = true ? 1 : module.m.nonexistent
  o36 = try(module.m.nonexistent, 1)
  o37 = true ? 1 : module.mc[0].nonexistent
  o38 = true ? 1 : module.mc[*].nonexistent
  o39 = true ? 1 : module.mc.nonexistent
  o40 = true ? 1 : module.mc[var.n].nonexistent
  o41 = [for x in [] : module.mc[x].nonexistent]
  o42 = true ? 1 : module.me["a"].nonexistent
  o43 = true ? 1 : module.me.a.nonexistent
  o44 = true ? 1 : module.m["nonexistent"]
  o45 = module.m["nonexistent"]
  o46 = module.m["out"]
  o47 = true ? 1 : var.o.b
  o48 = true ? 1 : var.lo[0].b
  o49 = true ? 1 : local.nothere
  o50 = true ? 1 : undefined_fn()
  o51 = true ? 1 : each.value
  o52 = true ? 1 : terraform_data.nothere.id
  o53 = true ? 1 : terraform_data.one[0].id
  o54 = true ? 1 : terraform_data.count.id
  o55 = true ? 1 : terraform_data.each.id
  o56 = true ? 1 : path.nothere
  o57 = true ? 1 : terraform.nothere
  o58 = true ? 1 : terraform_data.one[0]
  o59 = true ? 1 : terraform_data.one
  o60 = false ? terraform_data.one.nonexistent : 2
  o61 = data.terraform_remote_state.x.nonexistent
  o62 = true ? 1 : data.terraform_remote_state.x.outputs.foo
  o63 = true ? 1 : data.terraform_remote_state.x.nonexistent
  o64 = data.terraform_remote_state.x.config.foo
  o65 = data.terraform_remote_state.x.backend.foo
  o66 = data.terraform_remote_state.x.defaults.foo
  o67 = data.terraform_remote_state.x.outputs["a"].b
  o68 = keys(terraform_data.one.id)
  o69 = length(terraform_data.one.id)
  o70 = upper(terraform_data.one)
  o71 = "a${terraform_data.one}"
  o72 = terraform_data.one + 1
  o73 = terraform_data.one.id + 1
  o74 = terraform_data.count + 1
  o75 = module.m + 1
  o76 = module.mc + 1
  o77 = module.m.out + 1
  o78 = terraform_data.one ? 1 : 2
  o79 = terraform_data.one.id && true
  o80 = merge(terraform_data.one.id)
  o81 = merge(terraform_data.one)
  o82 = keys(terraform_data.one)
  o83 = keys(module.m)
  o84 = keys(module.mc)
  o85 = keys(module.me)
  o86 = length(module.m)
  o87 = concat(module.m)
  o88 = flatten(module.m)
  o89 = values(terraform_data.one)
  o90 = [for k, v in terraform_data.one.id : v]
  o91 = [for k, v in module.m : v.b]
  o92 = [for k, v in module.m.out : v.b]
  o93 = module.m.out.b
  o94 = module.m[*].b
  o95 = module.mc[*].out
  o96 = module.me[*].out
  o97 = [for k in module.me : k.b]
  o98 = tolist(terraform_data.one.id)
  o99 = terraform_data.one.id == terraform_data.one
  o100 = terraform_data.one.id ? 1 : [2]
}
