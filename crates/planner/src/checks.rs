//! `check` blocks: assertions that stop nobody, and the data sources that only they know.

use std::sync::Arc;

use plumb_address::Resource;
use plumb_configuration::{Check, Module};
use plumb_diagnostics::{Diagnostics, Severity};
use plumb_evaluator::{CellKey, Evaluator, Frame, ModuleNode, RuleResult, Scope};
use plumb_state::CheckStatus;

/// The `check` block that a data source stands in.
pub(crate) fn check_around<'a>(module: &'a Module, resource: &Resource) -> Option<&'a Check> {
    module.checks.values().find(|check| check.data.as_ref() == Some(resource))
}

fn check_address(node: &ModuleNode, check: &Check) -> String {
    if node.address.is_root() {
        format!("check.{}", check.name)
    } else {
        format!("{}.check.{}", node.address, check.name)
    }
}

/// Makes errors warnings where a data source stands in a `check` block: then it is the check that has
/// failed, and nothing else. Returns whether there were any, and what to report.
pub fn lenient_in_check(
    evaluator: &Evaluator,
    node: &ModuleNode,
    resource: &Resource,
    mut diagnostics: Diagnostics,
) -> (bool, Diagnostics) {
    let Some(check) = check_around(evaluator.module(node), resource) else { return (false, diagnostics) };
    let mut failed = false;
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.is_error()) {
        diagnostic.severity = Severity::Warning;
        diagnostic.is_provisional = true;
        failed = true;
        evaluator.note_result(RuleResult {
            kind: "check",
            address: check_address(node, check),
            status: CheckStatus::Fail,
            message: Some(format!("{}: {}", diagnostic.summary, diagnostic.detail)),
        });
    }
    (failed, diagnostics)
}

/// Evaluates the assertions of `check` blocks. Those that do not hold earn warnings; without the data
/// that they are about none is evaluated.
pub async fn run_checks(evaluator: &Arc<Evaluator>) {
    let config = evaluator.config().clone();
    for node in evaluator.module_nodes().into_iter().filter(|node| !evaluator.is_replaced(node)) {
        for check in config.module(node.module).checks.values() {
            let address = check_address(&node, check);
            let frame = &mut Frame::new();
            if let Some(data) = &check.data {
                evaluator.value(CellKey::Resource(node.id, data.clone()), frame).await;
            }
            if evaluator.has_failed("check", &address) {
                continue;
            }
            let scope = Scope::module(node.clone());
            evaluator.check_rules("check", &address, &check.asserts, &scope, frame, false).await;
        }
    }
}
