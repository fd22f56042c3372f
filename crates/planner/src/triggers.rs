//! `replace_triggered_by`: replacing an object because another one changes.

use std::sync::Arc;

use plumb_address::{AbsResourceInstance, InstanceKey, Mode, ModuleInstance};
use plumb_configuration::ResourceBlock;
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Evaluator, Frame, InstanceAddress, Scope};
use plumb_expression::{Expression, RepetitionKey, Subject};
use plumb_plan::Action;
use plumb_syntax::ast::{ExprKind, Step};
use plumb_value::{Path, Value};

use crate::refresh::Failed;
use crate::session::Session;

impl Session {
    /// Whether anything that a block names as a reason to replace its objects changes.
    pub(crate) async fn is_triggered(
        &self,
        evaluator: &Arc<Evaluator>,
        at: &InstanceAddress,
        block: &ResourceBlock,
        frame: &mut Frame,
    ) -> Result<bool, Failed> {
        let scope = Scope::instance(at.module.clone(), at.key.clone(), at.each_value.clone());
        let mut triggered = false;
        for trigger in &block.lifecycle.replace_triggered_by {
            // Evaluating it makes sure that everything it names has been planned.
            if evaluator.evaluate(trigger, &scope, frame).await.failed {
                return Err(Failed);
            }
            triggered |= self.has_changed(evaluator, trigger, &scope, frame).await?;
        }
        Ok(triggered)
    }

    async fn has_changed(
        &self,
        evaluator: &Arc<Evaluator>,
        trigger: &Expression,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Result<bool, Failed> {
        let Some(reference) = trigger.references().first() else { return Ok(false) };
        let Subject::Resource(resource, key) = &reference.subject else { return Ok(false) };
        let base = resource.in_module(scope.module.address.clone());
        let key = match key {
            None => None,
            Some(RepetitionKey::Literal(key)) => Some(key.clone()),
            Some(RepetitionKey::Computed(expression)) => {
                let value = evaluator.evaluate(expression, scope, frame).await.value;
                InstanceKey::from_value(&value)
            }
        };
        let attribute = attribute_path(trigger, key.is_some());
        let addresses: Vec<AbsResourceInstance> = match key {
            Some(key) => vec![base.instance(key)],
            None => {
                let keys = evaluator.resource_keys(&scope.module, resource, frame).await;
                keys.map(|keys| keys.entries.iter().map(|(key, _)| base.instance(key.clone())).collect())
                    .unwrap_or_default()
            }
        };
        if resource.mode == Mode::Data && addresses.iter().all(|address| self.change_of(address).is_none()) {
            evaluator.report(never_changes(&reference.text, &scope.module.address).at(trigger.span()));
            return Err(Failed);
        }
        Ok(addresses.iter().any(|address| self.instance_changes(address, attribute.as_ref())))
    }

    fn instance_changes(&self, address: &AbsResourceInstance, attribute: Option<&Path>) -> bool {
        let Some((action, before, after)) = self.change_of(address) else { return false };
        // Making an object for the first time changes all of it, and is no reason to replace others.
        if !matches!(action, Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete) {
            return false;
        }
        let Some(path) = attribute else { return true };
        let part = |value: &Value| path.apply(value).ok().map(|part| part.unmark_deep());
        match (part(&before), part(&after)) {
            (Some(before), Some(after)) => !before.same(&after) || !after.is_wholly_known(),
            (before, after) => before.is_some() != after.is_some(),
        }
    }
}

/// What is only read is never changed, so a trigger that names it is a mistake.
fn never_changes(reference: &str, module: &ModuleInstance) -> Diagnostic {
    let place = if module.is_root() { "the root module".to_owned() } else { module.to_string() };
    Diagnostic::error(
        format!("no change found for {reference} in {place}"),
        "A data source is only read and never changed, so it cannot be what replaces an object. To replace one because \
         a value is different, put the value into a terraform_data resource and name that in replace_triggered_by.",
    )
}

/// The part of the object that a trigger names, if it names a part.
fn attribute_path(trigger: &Expression, has_key: bool) -> Option<Path> {
    let ExprKind::Traverse { steps, .. } = &trigger.syntax().kind else { return None };
    // The first step is the resource's name, then perhaps its key.
    let skip = 1 + usize::from(has_key);
    let mut path = Path::root();
    for step in steps.iter().skip(skip) {
        path = match step {
            Step::Attribute { name, .. } => path.attribute(name.text.clone()),
            Step::LegacyIndex { number, .. } => path.index(Value::number(number.parse::<i64>().ok()?)),
            Step::Index { .. } | Step::AttributeSplat { .. } | Step::FullSplat { .. } => break,
        };
    }
    (!path.0.is_empty()).then_some(path)
}
