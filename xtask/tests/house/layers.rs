//! Arrows point only towards the ground: a crate uses lower layers, and earlier crates of its own.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::packages;

/// The layers from the ground up, each in order.
const LAYERS: [&[&str]; 7] = [
    &["source", "diagnostics"],
    &["value", "address"],
    &["syntax", "expression", "configuration", "starlark"],
    &["schema", "state", "plan"],
    &["evaluator", "planner", "executor", "testing"],
    &[
        "plugin",
        "supervisor",
        "registry",
        "builtin",
        "ssh",
        "host",
        "inventory",
        "deploy",
        "playbook",
        "host-provider",
        "provisioner",
        "backend",
    ],
    &["view", "cli"],
];

/// Packages that stand outside of the house: they may look at everything, and no room may use them.
const OUTSIDE: [&str; 10] = [
    "documentation",
    "end-to-end",
    "growth",
    "many-hosts",
    "operations",
    "provider-server",
    "ssh-server",
    "targets",
    "testkit",
    "xtask",
];

#[test]
fn crates_use_only_what_is_below_them() {
    let places: BTreeMap<&str, usize> =
        LAYERS.into_iter().flatten().enumerate().map(|(place, name)| (*name, place)).collect();
    let mut wrong = Vec::new();
    for package in packages() {
        let name = short_name(text(&package, "name")).to_owned();
        if OUTSIDE.contains(&name.as_str()) {
            continue;
        }
        let Some(place) = places.get(name.as_str()) else {
            wrong.push(format!("{name} has no place in a layer"));
            continue;
        };
        for used in uses(&package) {
            match places.get(used.as_str()) {
                Some(below) if below < place => {}
                Some(_) => wrong.push(format!("{name} uses {used}, which does not lie below it")),
                None => wrong.push(format!("{name} uses {used}, which is for tests and chores")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The crates of this workspace that a package is built from; its tests may use others.
fn uses(package: &Value) -> Vec<String> {
    let dependencies = package["dependencies"].as_array().expect("a list of dependencies");
    dependencies
        .iter()
        .filter(|dependency| dependency["kind"] != "dev" && dependency["path"].is_string())
        .map(|dependency| short_name(text(dependency, "name")).to_owned())
        .collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().expect("text")
}

/// A package's name as the layers have it.
fn short_name(package: &str) -> &str {
    match package {
        "plumb" => "cli",
        other => other.strip_prefix("plumb-").unwrap_or(other),
    }
}
