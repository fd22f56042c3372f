//! Expressions of test files that stand outside of any module: values of variables, of mocks and of
//! overrides.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plumb_configuration::suite::picked;
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_evaluator::Environment;
use plumb_expression::{Context, Expression, FunctionWorld};
use plumb_value::Value;

/// Outputs of runs by name.
pub(crate) type RunOutputs = BTreeMap<Arc<str>, BTreeMap<Arc<str>, Value>>;

/// Evaluates an expression with the names that it was compiled with.
pub(crate) fn evaluate(
    expression: &Expression,
    locals: &[(Arc<str>, Value)],
    environment: &Environment,
) -> (Option<Value>, Diagnostics) {
    let mut diagnostics = expression.problems().clone();
    for reference in expression.references() {
        diagnostics.push(
            Diagnostic::error(
                "Invalid reference",
                format!(
                    "{} cannot be referred to here: only variables (var) and the outputs of earlier runs (run) can.",
                    reference.text
                ),
            )
            .at(reference.span),
        );
    }
    if diagnostics.has_errors() {
        return (None, diagnostics);
    }
    let world = FunctionWorld {
        files: &*environment.files,
        module_directory: Path::new("."),
        now_ms: environment.now_ms,
        plan_time_ms: environment.plan_time_ms,
        random: None,
        call_provider: None,
    };
    let (value, problems) = expression.evaluate(&[], &Context { locals, world: &world });
    diagnostics.append(problems);
    if diagnostics.has_errors() { (None, diagnostics) } else { (Some(value), diagnostics) }
}

/// An object of the outputs of runs, as `run` gives it.
pub(crate) fn runs_value(runs: &RunOutputs) -> Value {
    Value::object(runs.iter().map(|(name, outputs)| {
        (name.clone(), Value::object(outputs.iter().map(|(name, value)| (name.clone(), value.clone()))))
    }))
}

/// What to say where values refer to a run that has not ended yet, and to one that there is not.
pub(crate) const IN_VALUES: [&str; 2] =
    ["Reference to unavailable run block", "Reference to unknown run block"];

/// The same where assertions do.
pub(crate) const IN_ASSERTIONS: [&str; 2] =
    ["Reference to unevaluated run block", "Reference to undeclared run block"];

/// What to say of a reference to a run that has not ended yet, or that there is not.
pub(crate) fn check_runs(
    expression: &Expression,
    known: &RunOutputs,
    all: &[Arc<str>],
    [unavailable, unknown]: [&str; 2],
    diagnostics: &mut Diagnostics,
) {
    for (name, span) in picked(expression, "run") {
        if known.contains_key(&name) {
            continue;
        }
        diagnostics.push(if all.contains(&name) {
            Diagnostic::error(
                unavailable,
                format!(
                    "The run block \"{name}\" has not been executed yet, so there are no outputs of it. Only runs that stand \
                     before this one can be referred to."
                ),
            )
            .at(span)
        } else {
            let hint = did_you_mean(&name, all.iter().map(|name| &**name));
            Diagnostic::error(
                unknown,
                format!("There is no run block \"{name}\" in this file.{hint}"),
            )
            .at(span)
        });
    }
}
