//! Static references: cycles with every hop, references to oneself, and what depends on what.

use std::collections::BTreeSet;

use plumb_address::{ConfigModule, Resource};
use plumb_configuration::ModuleId;
use plumb_evaluator::Node;

use crate::fake::{bench, read};

#[track_caller]
fn problem(files: &[(&str, &str)]) -> plumb_diagnostics::Diagnostic {
    let (_, diagnostics) = read(files);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:#?}");
    diagnostics.into_iter().next().expect("just counted")
}

#[test]
fn a_cycle_across_modules_is_shown_hop_by_hop() {
    let files = [
        (
            "main.tf",
            "module \"a\" {\n  source = \"./a\"\n  in     = local.x\n}\nlocals {\n  x = a_b.c.id\n}\n\
             resource \"a_b\" \"c\" {\n  name = \"${module.a.out}\"\n}\n",
        ),
        (
            "a/main.tf",
            "variable \"in\" {}\nlocals {\n  y = [for one in [1] : var.in]\n}\noutput \"out\" {\n  value = local.y[0]\n}\n",
        ),
    ];
    let (bench, diagnostics) = read(&files);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:#?}");
    let cycle = diagnostics.iter().next().expect("just counted");
    assert_eq!(cycle.summary, "Cycle");
    let hops: BTreeSet<&str> =
        cycle.detail.lines().filter(|line| line.contains(" refers to ")).map(str::trim).collect();
    let expected = [
        "a_b.c refers to module.a.output.out",
        "local.x refers to a_b.c",
        "module.a.local.y refers to module.a.var.in",
        "module.a.output.out refers to module.a.local.y",
        "module.a.var.in refers to local.x",
    ];
    assert_eq!(hops, expected.into_iter().collect());
    // Each hop has its piece of source: the first as the subject, the others as notes.
    let mut places: Vec<String> = cycle.notes.iter().map(|note| bench.sources.text(note.span)).collect();
    places.extend(cycle.subject.map(|span| bench.sources.text(span)));
    places.sort();
    assert_eq!(places, ["a_b.c", "local.x", "local.y", "module.a.out", "var.in"]);
}

#[test]
fn what_refers_to_itself_is_named() {
    let local = problem(&[("main.tf", "locals {\n  a = [local.a]\n}\n")]);
    assert_eq!(local.summary, "Self-referencing local value");
    assert!(local.detail.contains("local.a"), "{}", local.detail);
    let resource =
        problem(&[("main.tf", "resource \"a_b\" \"c\" {\n  count = 2\n  name  = a_b.c[0].id\n}\n")]);
    assert_eq!(resource.summary, "Self-referential block");
    assert!(
        resource.detail.contains("Configuration for a_b.c may not refer to itself"),
        "{}",
        resource.detail
    );
    let key = problem(&[(
        "main.tf",
        "resource \"a_b\" \"c\" {\n  for_each = { x = 1 }\n  name     = a_b.d[a_b.c[\"x\"].id].id\n}\n\
         resource \"a_b\" \"d\" {\n  for_each = { x = 1 }\n}\n",
    )]);
    assert_eq!(key.summary, "Self-referential block");
}

#[test]
fn calls_that_only_look_like_cycles_are_fine() {
    // One output goes in where another one comes from: there is an order.
    bench(&[
        (
            "main.tf",
            "module \"a\" {\n  source = \"./a\"\n  x      = 1\n  y      = module.a.from_x\n}\n\
             output \"o\" {\n  value = module.a.from_y\n}\n",
        ),
        (
            "a/main.tf",
            "variable \"x\" {}\nvariable \"y\" {}\noutput \"from_x\" {\n  value = var.x\n}\n\
             output \"from_y\" {\n  value = var.y\n}\n",
        ),
    ]);
}

#[test]
fn depends_on_a_module_can_close_a_circle() {
    let cycle = problem(&[
        (
            "main.tf",
            "module \"a\" {\n  source     = \"./m\"\n  depends_on = [module.b]\n}\n\
             module \"b\" {\n  source = \"./m\"\n  v      = module.a.o\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"v\" {\n  default = 1\n}\nresource \"a_b\" \"c\" {\n  any = var.v\n}\noutput \"o\" {\n  value = a_b.c.id\n}\n",
        ),
    ]);
    assert_eq!(cycle.summary, "Cycle");
}

#[test]
fn dependencies_reach_through_everything() {
    let bench = bench(&[
        (
            "main.tf",
            "provider \"a\" {\n  name = a_first.x.id\n}\n\
             resource \"b_first\" \"x\" {}\nresource \"a_first\" \"x\" {\n  provider = b\n}\n\
             data \"b_look\" \"d\" {}\nlocals {\n  l = \"${data.b_look.d.id}\"\n}\n\
             resource \"a_last\" \"x\" {\n  name       = module.m.o\n  depends_on = [b_first.x]\n}\n\
             module \"m\" {\n  source = \"./m\"\n  v      = local.l\n}\nresource \"b_alone\" \"x\" {}\n",
        ),
        (
            "m/main.tf",
            "variable \"v\" {}\nresource \"b_in\" \"x\" {\n  name = var.v\n}\noutput \"o\" {\n  value = b_in.x.id\n}\n",
        ),
    ]);
    let of = |kind: &str| -> Vec<String> {
        let resource = Resource::managed(kind, "x").in_config(ConfigModule::root());
        bench.index.dependencies(&bench.config, &resource).iter().map(ToString::to_string).collect()
    };
    assert_eq!(of("a_last"), ["a_first.x", "b_first.x", "data.b_look.d", "module.m.b_in.x"]);
    assert!(of("b_alone").is_empty());
    let first = Node::Resource(ModuleId::ROOT, Resource::managed("b_first", "x"));
    let dependants = bench.index.dependants([&first]);
    assert!(dependants.contains(&Node::Resource(ModuleId::ROOT, Resource::managed("a_last", "x"))));
    assert!(!dependants.contains(&Node::Resource(ModuleId::ROOT, Resource::managed("b_alone", "x"))));
}

#[test]
fn create_first_reaches_what_is_depended_on() {
    let bench = bench(&[(
        "main.tf",
        "resource \"a_b\" \"base\" {}\nlocals {\n  l = a_b.base.id\n}\n\
         resource \"a_b\" \"top\" {\n  name = local.l\n  lifecycle {\n    create_before_destroy = true\n  }\n}\n\
         resource \"a_b\" \"user\" {\n  name = a_b.top.id\n}\n",
    )]);
    let is = |name: &str| bench.index.is_create_first(ModuleId::ROOT, &Resource::managed("a_b", name));
    assert_eq!((is("base"), is("top"), is("user")), (true, true, false));
}

#[test]
fn a_circle_of_a_hundred_thousand_is_found_and_shown_in_part() {
    let count = 100_000;
    let mut text = String::from("locals {\n");
    for number in 0..count {
        text.push_str(&format!("  l{number} = local.l{}\n", (number + 1) % count));
    }
    text.push('}');
    let cycle = problem(&[("main.tf", &text)]);
    assert_eq!(cycle.summary, "Cycle");
    assert!(cycle.detail.contains("... and 99980 more until it comes round"), "{}", cycle.detail);
}
