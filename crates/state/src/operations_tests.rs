//! The rules of the state commands, as Terraform has them.

use std::fmt::Write as _;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, ProviderAddress, ProviderConfigAddress, Target};
use plumb_value::{Type, Value};

use crate::{Object, State};

const RECORDED: [&str; 7] = [
    "terraform_data.a[0]",
    "terraform_data.a[1]",
    "terraform_data.b[\"x\"]",
    "terraform_data.c",
    "terraform_data.d",
    "module.m.terraform_data.e[0]",
    "module.n[0].terraform_data.z",
];

fn state() -> State {
    let ty = Type::object([("id", Type::String)]);
    let provider = ProviderConfigAddress::new(
        plumb_address::ConfigModule::root(),
        ProviderAddress::implied("terraform"),
        None,
    );
    let mut state = State::default();
    for text in RECORDED {
        let object =
            Object::encode(&Value::object([("id", Value::string(text))]), &ty, 0).expect("encodable");
        let address = AbsResourceInstance::parse(text).expect("address");
        state.update_instance(&address, &provider, |instance| instance.current = Some(Arc::new(object)));
    }
    state
}

fn target(text: &str) -> Target {
    Target::parse(text).expect("target")
}

fn summary(problems: plumb_diagnostics::Diagnostics) -> String {
    problems.into_iter().map(|problem| problem.summary).collect()
}

fn names(addresses: &[AbsResourceInstance]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// What the state says afterwards, as far as it differs: gone and new addresses.
fn difference(before: &State, after: &State) -> String {
    let list = |state: &State| -> Vec<String> {
        state.instances().map(|(address, _)| address.to_string()).collect()
    };
    let (before, after) = (list(before), list(after));
    let gone = before.iter().filter(|name| !after.contains(name)).map(|name| format!("-{name}"));
    let new = after.iter().filter(|name| !before.contains(name)).map(|name| format!("+{name}"));
    gone.chain(new).collect::<Vec<_>>().join(" ")
}

#[test]
fn moves() {
    let cases = [
        ("terraform_data.a[0]", "terraform_data.a[5]"),
        ("terraform_data.a", "terraform_data.z"),
        ("terraform_data.a", "module.q.terraform_data.z"),
        ("terraform_data.a", "terraform_data.z[0]"),
        ("terraform_data.a", "module.q"),
        ("terraform_data.a[0]", "module.q"),
        ("terraform_data.c", "terraform_data.c[0]"),
        ("terraform_data.b[\"x\"]", "terraform_data.b"),
        ("terraform_data.c", "terraform_data.c"),
        ("terraform_data.c", "terraform_data.d"),
        ("terraform_data.d", "terraform_data.a"),
        ("terraform_data.a", "terraform_data.c"),
        ("terraform_data.nope", "terraform_data.k"),
        ("terraform_data.c", "null_resource.k"),
        ("terraform_data.c", "data.terraform_data.c"),
        ("terraform_data.c", "module.x"),
        ("module.m", "terraform_data.x"),
        ("module.m", "module.r"),
        ("module.m", "module.m.module.k"),
        ("module.m", "module.n[0]"),
        ("module.n", "module.r"),
        ("module.n[0]", "module.r[\"k\"]"),
        ("module.m.terraform_data.e[0]", "terraform_data.x"),
    ];
    let mut told = String::new();
    for (from, to) in cases {
        let before = state();
        let mut after = before.clone();
        let outcome = match after.move_to(&target(from), &target(to)) {
            Ok(()) => difference(&before, &after),
            Err(problems) => {
                let diagnostic = problems.iter().next().expect("a problem");
                assert_eq!(difference(&before, &after), "", "{from} {to}");
                format!("{}: {}", diagnostic.summary, diagnostic.detail)
            }
        };
        writeln!(told, "{from} -> {to}\n    {outcome}").expect("text");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn removals() {
    for (text, gone) in [
        ("terraform_data.a", "terraform_data.a[0] terraform_data.a[1]"),
        ("terraform_data.a[1]", "terraform_data.a[1]"),
        ("module.n", "module.n[0].terraform_data.z"),
        ("terraform_data.nope", ""),
    ] {
        let mut state = state();
        assert_eq!(names(&state.remove(&target(text))), gone);
        assert_eq!(state.instances().count(), RECORDED.len() - gone.split_whitespace().count());
        assert!(state.resources.values().all(|resource| !resource.instances.is_empty()));
    }
}

#[test]
fn lists() {
    let state = state();
    let list = |texts: &[&str], id: Option<&str>| {
        let targets: Vec<Target> = texts.iter().map(|text| target(text)).collect();
        state.list(&targets, id).map_or_else(summary, |found| names(&found))
    };
    assert_eq!(list(&[], None), RECORDED.join(" "));
    assert_eq!(list(&["module.n"], None), "module.n[0].terraform_data.z");
    assert_eq!(
        list(&["terraform_data.c", "terraform_data.a"], None),
        "terraform_data.c terraform_data.a[0] terraform_data.a[1]"
    );
    assert_eq!(list(&[], Some("terraform_data.d")), "terraform_data.d");
    assert_eq!(list(&["terraform_data.zz"], None), "Unknown resource");
    assert_eq!(list(&["terraform_data.a[7]"], None), "Unknown resource instance");
    assert_eq!(list(&["module.zz"], None), "Unknown module");
}

#[test]
fn taints() {
    let mut state = state();
    let at = |text: &str| AbsResourceInstance::parse(text).expect("address");
    assert_eq!(state.taint(&at("terraform_data.c")).map_err(summary), Ok(true));
    assert_eq!(state.taint(&at("terraform_data.c")).map_err(summary), Ok(false));
    assert_eq!(state.untaint(&at("terraform_data.c")).map_err(summary), Ok(()));
    let not_tainted = Err("Resource instance is not tainted".to_owned());
    assert_eq!(state.untaint(&at("terraform_data.c")).map_err(summary), not_tainted);
    let nowhere = "No such resource instance".to_owned();
    assert_eq!(state.taint(&at("terraform_data.a")).map_err(summary), Err(nowhere.clone()));
    assert_eq!(state.untaint(&at("terraform_data.nope")).map_err(summary), Err(nowhere));
    let data = "Resource instance data.a.b cannot be tainted".to_owned();
    assert_eq!(state.taint(&at("data.a.b")).map_err(summary), Err(data));
}

#[test]
fn providers_are_replaced() {
    let mut state = state();
    let (from, to) = (ProviderAddress::implied("terraform"), ProviderAddress::implied("null"));
    assert_eq!(state.replace_provider(&from, &to).len(), 6);
    assert!(state.replace_provider(&from, &to).is_empty());
    assert!(state.resources.values().all(|resource| resource.provider.provider == to));
}

#[test]
fn who_depends_on_what_moves_forgets_all_dependencies() {
    // What moves, and whose dependencies are left.
    let cases = [
        ("terraform_data.c", "terraform_data.b[\"x\"]"),
        ("terraform_data.a[0]", "terraform_data.d module.m.terraform_data.e[0]"),
        ("terraform_data.b", "terraform_data.b[\"x\"] terraform_data.d"),
        ("module.m", "terraform_data.b[\"x\"] terraform_data.d"),
        ("module.n[0]", "terraform_data.b[\"x\"] module.m.terraform_data.e[0]"),
    ];
    let dependencies = [
        ("terraform_data.b[\"x\"]", vec!["terraform_data.a"]),
        ("terraform_data.d", vec!["terraform_data.c", "module.n.terraform_data.z"]),
        (
            "module.m.terraform_data.e[0]",
            vec!["terraform_data.b", "module.m.terraform_data.f", "terraform_data.c"],
        ),
    ];
    for (moved, kept) in cases {
        let mut state = state();
        for (address, blocks) in &dependencies {
            let address = AbsResourceInstance::parse(address).expect("address");
            let provider = state.resources[&address.resource()].provider.clone();
            let blocks = blocks.iter().map(|block| target(block).config().expect("a resource")).collect();
            state.update_instance(&address, &provider, |instance| {
                let object = (**instance.current.as_ref().expect("an object")).clone();
                instance.current = Some(Arc::new(Object { dependencies: blocks, ..object }));
            });
        }
        state.forget_dependencies_on(&target(moved));
        let left: Vec<AbsResourceInstance> = state
            .instances()
            .filter(|(_, instance)| instance.current.iter().any(|object| !object.dependencies.is_empty()))
            .map(|(address, _)| address)
            .collect();
        assert_eq!(names(&left), kept, "{moved}");
    }
}
