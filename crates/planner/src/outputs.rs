//! Outputs of the root module, and results of conditions.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_evaluator::{CellKey, Evaluator, Frame, RuleResult};
use plumb_plan::{Action, OutputChange, PlanMode};
use plumb_state::{CheckResult, CheckStatus, State};
use plumb_value::{Marks, Type, Value};

/// What happens to the outputs. Those that cannot be evaluated are left out, with the reason
/// reported.
pub(crate) async fn plan_outputs(
    evaluator: &Arc<Evaluator>,
    prior: &State,
    mode: PlanMode,
    limited: bool,
) -> Vec<OutputChange> {
    let config = evaluator.config().clone();
    let mut changes = Vec::new();
    let nothing = || Value::null(Type::Dynamic);
    let before = |name: &Arc<str>| {
        prior.outputs.get(name).map_or_else(nothing, |output| {
            let marks = if output.sensitive { Marks::SENSITIVE } else { Marks::NONE };
            output.value.clone().with_marks(marks)
        })
    };
    let declared = &config.root().outputs;
    if mode != PlanMode::Destroy {
        for (name, output) in declared {
            if output.ephemeral {
                continue;
            }
            let outcome = evaluator.value(CellKey::Output(0, name.clone()), &mut Frame::new()).await;
            if outcome.failed {
                continue;
            }
            let recorded = prior.outputs.get(name);
            // A limited run may leave an output without anything to make it of.
            if limited && !outcome.value.is_wholly_known() && recorded.is_some() {
                continue;
            }
            let was_sensitive = recorded.is_some_and(|output| output.sensitive);
            let before = before(name);
            let action = if outcome.value.is_null() && before.is_null() {
                Action::NoOp
            } else if before.is_null() {
                Action::Create
            } else if outcome.value.is_wholly_known()
                && outcome.value.unmark_deep().same(&before.unmark_deep())
                && (recorded.is_none() || output.sensitive == was_sensitive)
            {
                Action::NoOp
            } else {
                Action::Update
            };
            changes.push(OutputChange {
                name: name.clone(),
                action,
                before,
                after: outcome.value,
                sensitive: output.sensitive || was_sensitive,
            });
        }
    }
    for (name, output) in &prior.outputs {
        if mode == PlanMode::Destroy || !declared.contains_key(name) {
            changes.push(OutputChange {
                name: name.clone(),
                action: Action::Delete,
                before: before(name),
                after: nothing(),
                sensitive: output.sensitive,
            });
        }
    }
    changes.sort_by(|left, right| left.name.cmp(&right.name));
    changes
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
