//! `prevent_destroy`: whether a block lets go of its objects.
//!
//! The argument may refer to what is in the module. It holds for all instances alike, those too that the
//! configuration no longer makes, so that no key of an instance comes into it.

use std::sync::Arc;

use plumb_address::AbsResourceInstance;
use plumb_configuration::{PreventDestroy, ResourceBlock};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Evaluator, Frame, Reported, Scope};
use plumb_value::{Type, Value, convert};

use crate::refresh::Failed;

const SUMMARY: &str = "Invalid value for prevent_destroy";

/// Whether an object may not be destroyed. What its block says is looked at in any case, for it may be
/// nonsense; that it is not known matters only where the object would be destroyed.
pub(crate) async fn is_protected(
    evaluator: &Arc<Evaluator>,
    block: &ResourceBlock,
    address: &AbsResourceInstance,
    would_destroy: bool,
    frame: &mut Frame,
) -> Result<bool, Failed> {
    let Some(prevent) = &block.lifecycle.prevent_destroy else { return Ok(false) };
    let value = match prevent.value.constant() {
        Some(value) => value,
        None => value_of(evaluator, prevent, address, frame).await?,
    };
    decide(&value, would_destroy).map_err(|why| {
        let detail = format!("The prevent_destroy argument of {address} {why}");
        evaluator.report(Diagnostic::error(SUMMARY, detail).at(prevent.value.span()).on(address));
        Failed
    })
}

async fn value_of(
    evaluator: &Arc<Evaluator>,
    prevent: &PreventDestroy,
    address: &AbsResourceInstance,
    frame: &mut Frame,
) -> Result<Value, Failed> {
    let module = evaluator.find_module(&address.module, frame).await.map_err(|Reported| Failed)?;
    // With the module instance went what its variables were.
    let Some(module) = module else { return Ok(Value::dynamic()) };
    let outcome = evaluator.evaluate(&prevent.value, &Scope::module(module), frame).await;
    if outcome.failed { Err(Failed) } else { Ok(outcome.value) }
}

/// Whether a value protects, or what is wrong with it.
fn decide(value: &Value, would_destroy: bool) -> Result<bool, String> {
    let (value, marks) = value.clone().unmark();
    if marks.is_sensitive() {
        return Err("is derived from a sensitive value, which would be told by whether the object can be destroyed. If it \
             is not sensitive in practice, say so with nonsensitive()."
            .to_owned());
    }
    if marks.is_ephemeral() {
        return Err("is derived from an ephemeral value, which may be another one when the plan is applied. Use only \
             values that stay the same."
            .to_owned());
    }
    let value = convert(&value, &Type::Bool)
        .map_err(|error| format!("has an unsuitable value: {}.", error.message))?;
    match value.as_bool() {
        Some(protects) => Ok(protects),
        None if !would_destroy => Ok(false),
        None if value.is_null() => Err("is null. To let the object be destroyed, use false instead.".to_owned()),
        None => Err("depends on values that are not known until apply, or that went with the instance of the module, so \
             it is not possible to tell whether the object may be destroyed. Leave it out of this run with -exclude, or \
             make the argument depend on values that are known when planning."
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use plumb_value::Marks;

    use super::*;

    #[test]
    fn only_a_known_and_public_truth_protects() {
        assert_eq!(decide(&Value::bool(true), true), Ok(true));
        assert_eq!(decide(&Value::bool(false), true), Ok(false));
        assert_eq!(decide(&Value::string("true"), true), Ok(true));
        // What is never destroyed may be protected by whatever comes out in the end.
        for late in [Value::unknown(Type::Bool), Value::dynamic(), Value::null(Type::Dynamic)] {
            assert_eq!(decide(&late, false), Ok(false), "{late:?}");
            assert!(decide(&late, true).is_err(), "{late:?}");
        }
        for wrong in [
            Value::number(1),
            Value::string("yes"),
            Value::bool(true).with_marks(Marks::SENSITIVE),
            Value::bool(true).with_marks(Marks::EPHEMERAL),
        ] {
            assert!(decide(&wrong, false).is_err(), "{wrong:?}");
        }
    }
}
