//! Outputs of the root module, and results of conditions.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_configuration::ModuleId;
use plumb_evaluator::{CellKey, Evaluator, Frame, Node, RuleResult};
use plumb_plan::{Action, OutputChange, PlanMode};
use plumb_state::{CheckResult, CheckStatus, Output};
use plumb_value::{Marks, Type, Value};

use crate::session::Session;

/// What happens to the outputs. Those that cannot be evaluated are left out, with the reason
/// reported, and so are those that a limited run has not all to do with.
pub(crate) async fn plan_outputs(evaluator: &Arc<Evaluator>, session: &Session) -> Vec<OutputChange> {
    let config = evaluator.config().clone();
    let prior = session.prior.clone();
    let limited = session.targeting.is_limited();
    let destroys = session.options.mode == PlanMode::Destroy;
    let declared = &config.root().outputs;
    let mut changes = Vec::new();
    for (name, output) in declared.iter().filter(|(_, output)| !destroys && !output.ephemeral) {
        if limited && !is_in_reach(evaluator, session, name) {
            continue;
        }
        let outcome = evaluator.value(CellKey::Output(0, name.clone()), &mut Frame::new()).await;
        if !outcome.failed {
            changes.push(change(name, prior.outputs.get(name), output.sensitive, outcome.value));
        }
    }
    // What a limited run leaves alone may still have them.
    for (name, output) in prior.outputs.iter().filter(|_| !destroys || !limited) {
        if destroys || !declared.contains_key(name) {
            changes.push(OutputChange {
                name: name.clone(),
                action: Action::Delete,
                before: recorded_value(Some(output)),
                after: Value::null(Type::Dynamic),
                sensitive: output.sensitive,
            });
        }
    }
    changes.sort_by(|left, right| left.name.cmp(&right.name));
    changes
}

fn recorded_value(output: Option<&Output>) -> Value {
    let Some(output) = output else { return Value::null(Type::Dynamic) };
    let marks = if output.sensitive { Marks::SENSITIVE } else { Marks::NONE };
    output.value.clone().with_marks(marks)
}

fn change(name: &Arc<str>, recorded: Option<&Output>, sensitive: bool, after: Value) -> OutputChange {
    let was_sensitive = recorded.is_some_and(|output| output.sensitive);
    let before = recorded_value(recorded);
    let action = if recorded.is_none() {
        if after.is_null() { Action::NoOp } else { Action::Create }
    } else if after.is_wholly_known()
        && after.unmark_deep().same(&before.unmark_deep())
        && sensitive == was_sensitive
    {
        Action::NoOp
    } else {
        Action::Update
    };
    OutputChange { name: name.clone(), action, before, after, sensitive: sensitive || was_sensitive }
}

/// Whether a limited run has to do with everything that an output is made of. Of one that is made of
/// no object at all it has not.
fn is_in_reach(evaluator: &Evaluator, session: &Session, name: &Arc<str>) -> bool {
    let config = evaluator.config();
    let closure = evaluator.index().closure([&Node::Output(ModuleId::ROOT, name.clone())]);
    let mut blocks = closure
        .iter()
        .filter_map(|node| match node {
            Node::Resource(module, resource) => Some(resource.in_config(config.module(*module).path.clone())),
            _ => None,
        })
        .peekable();
    let only_excludes = session.options.targets.is_empty();
    (only_excludes || blocks.peek().is_some())
        && blocks.all(|block| session.targeting.may_include_block(&block))
}

/// Conditions by the object of the configuration that they belong to.
pub fn gather_checks(results: Vec<RuleResult>) -> Vec<CheckResult> {
    let mut by_object: BTreeMap<(String, &'static str), (CheckStatus, Vec<String>)> = BTreeMap::new();
    for result in results {
        let entry =
            by_object.entry((result.address, result.kind)).or_insert_with(|| (CheckStatus::Pass, Vec::new()));
        entry.0 = worse(entry.0, result.status);
        entry.1.extend(result.message);
    }
    let mut checks: BTreeMap<(String, &'static str), CheckResult> = BTreeMap::new();
    for ((address, kind), (status, messages)) in by_object {
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
                known.status =
                    objects.values().fold(CheckStatus::Pass, |worst, (status, _)| worse(worst, *status));
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
    fn keys_are_taken_out_of_addresses() {
        assert_eq!(without_keys("module.a[\"x]\\\"\"].aws_instance.b[0]"), "module.a.aws_instance.b");
    }
}
