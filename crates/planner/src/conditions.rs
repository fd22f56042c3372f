//! Results of conditions, object by object.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{ConfigModule, ConfigResource};
use plumb_configuration::{Config, Module};
use plumb_evaluator::RuleResult;
use plumb_plan::PlanMode;
use plumb_state::{CheckResult, CheckStatus};

use crate::session::Session;

/// An object of the configuration that has conditions.
struct Declared {
    kind: &'static str,
    address: String,
    resource: Option<ConfigResource>,
}

impl Declared {
    fn new(kind: &'static str, module: &ConfigModule, name: &str) -> Self {
        let address = if module.is_root() { name.to_owned() } else { format!("{module}.{name}") };
        Declared { kind, address, resource: None }
    }
}

/// Results with every object of the configuration that has conditions, whatever became of it. An
/// object without instances has passed, one that this run did not come to is unknown.
pub(crate) fn complete_checks(
    config: &Config,
    session: &Session,
    results: Vec<CheckResult>,
    errored: bool,
) -> Vec<CheckResult> {
    let destroys = session.options.mode == PlanMode::Destroy;
    let limited = session.targeting.is_limited();
    let mut checks: BTreeMap<(Arc<str>, Arc<str>), CheckResult> = results
        .into_iter()
        .map(|check| ((check.object_kind.clone(), check.config_address.clone()), check))
        .collect();
    for declared in config.modules.iter().flat_map(declared) {
        let was_met = match &declared.resource {
            _ if destroys || errored => false,
            Some(resource) => session.targeting.may_include_block(resource),
            None => !limited,
        };
        // While everything is destroyed the outputs of the root module are looked at, if only to go.
        let is_going = destroys && !limited && declared.kind == "output" && is_of_root(&declared.address);
        let (kind, address): (Arc<str>, Arc<str>) = (declared.kind.into(), declared.address.into());
        checks.entry((kind.clone(), address.clone())).or_insert_with(|| CheckResult {
            object_kind: kind,
            config_address: address.clone(),
            status: if was_met { CheckStatus::Pass } else { CheckStatus::Unknown },
            objects: is_going.then(|| (address, CheckStatus::Unknown, Vec::new())).into_iter().collect(),
        });
    }
    checks.into_values().collect()
}

fn is_of_root(output: &str) -> bool {
    output.starts_with("output.")
}

/// Every object of a module that has conditions.
fn declared(module: &Module) -> Vec<Declared> {
    let path = &module.path;
    let named = |kind, name: String| Declared::new(kind, path, &name);
    let variables = module.variables.values().filter(|variable| !variable.validations.is_empty());
    let outputs = module.outputs.values().filter(|output| !output.preconditions.is_empty());
    let resources = module.resources.values().filter(|block| {
        !block.lifecycle.preconditions.is_empty() || !block.lifecycle.postconditions.is_empty()
    });
    let mut found: Vec<Declared> =
        variables.map(|variable| named("var", format!("var.{}", variable.name))).collect();
    found.extend(outputs.map(|output| named("output", format!("output.{}", output.name))));
    found.extend(module.checks.values().map(|check| named("check", format!("check.{}", check.name))));
    found.extend(resources.map(|block| Declared {
        resource: Some(block.resource.in_config(path.clone())),
        ..named("resource", block.resource.to_string())
    }));
    found
}

/// Conditions by the object of the configuration that they belong to. What is to be said of one object
/// is sorted, as the peer has it.
pub fn gather_checks(results: Vec<RuleResult>) -> Vec<CheckResult> {
    let mut by_object: BTreeMap<(String, &'static str), (CheckStatus, Vec<String>)> = BTreeMap::new();
    for result in results {
        let entry =
            by_object.entry((result.address, result.kind)).or_insert_with(|| (CheckStatus::Pass, Vec::new()));
        entry.0 = worse(entry.0, result.status);
        entry.1.extend(result.message);
    }
    let mut checks: BTreeMap<(String, &'static str), CheckResult> = BTreeMap::new();
    for ((address, kind), (status, mut messages)) in by_object {
        messages.sort();
        let config_address = without_keys(&address);
        let check = checks.entry((config_address.clone(), kind)).or_insert_with(|| CheckResult {
            object_kind: kind.into(),
            config_address: config_address.into(),
            status: CheckStatus::Pass,
            objects: Vec::new(),
        });
        check.status = worse(check.status, status);
        check.objects.push((address.into(), status, messages));
    }
    checks.into_values().collect()
}

/// Results of conditions with newer ones in place of older ones, object by object.
pub fn merge_checks(older: &[CheckResult], newer: Vec<CheckResult>) -> Vec<CheckResult> {
    let mut merged: BTreeMap<(Arc<str>, Arc<str>), CheckResult> = BTreeMap::new();
    for check in older.iter().cloned().chain(newer) {
        match merged.entry((check.object_kind.clone(), check.config_address.clone())) {
            std::collections::btree_map::Entry::Vacant(place) => _ = place.insert(check),
            std::collections::btree_map::Entry::Occupied(mut place) => {
                let known = place.get_mut();
                let mut objects: BTreeMap<Arc<str>, (CheckStatus, Vec<String>)> = BTreeMap::new();
                for (address, status, messages) in
                    std::mem::take(&mut known.objects).into_iter().chain(check.objects)
                {
                    objects.insert(address, (status, messages));
                }
                if !objects.is_empty() {
                    known.status =
                        objects.values().fold(CheckStatus::Pass, |worst, (status, _)| worse(worst, *status));
                }
                known.objects = objects
                    .into_iter()
                    .map(|(address, (status, messages))| (address, status, messages))
                    .collect();
            }
        }
    }
    merged.into_values().collect()
}

fn worse(one: CheckStatus, two: CheckStatus) -> CheckStatus {
    let rank = |status: CheckStatus| match status {
        CheckStatus::Pass => 0,
        CheckStatus::Unknown => 1,
        CheckStatus::Fail => 2,
        CheckStatus::Error => 3,
    };
    if rank(two) > rank(one) { two } else { one }
}

/// An address with the keys of instances taken out: the object of the configuration.
fn without_keys(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    let mut characters = address.chars();
    while let Some(character) = characters.next() {
        if character != '[' {
            out.push(character);
            continue;
        }
        let mut quoted = false;
        while let Some(inside) = characters.next() {
            match inside {
                '"' => quoted = !quoted,
                '\\' if quoted => _ = characters.next(),
                ']' if !quoted => break,
                _ => {}
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_one_object_are_sorted() {
        let result = |message: &str| RuleResult {
            kind: "check",
            address: "check.sizes".to_owned(),
            status: CheckStatus::Fail,
            message: Some(message.to_owned()),
        };
        let checks = gather_checks(["too wide", "Too high", "too deep"].map(result).to_vec());
        assert_eq!(checks[0].objects[0].2, ["Too high", "too deep", "too wide"]);
    }

    #[test]
    fn keys_are_taken_out_of_addresses() {
        assert_eq!(without_keys("module.a[\"x]\\\"\"].aws_instance.b[0]"), "module.a.aws_instance.b");
    }
}
