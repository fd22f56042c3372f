//! Which instance of a provider configuration an object belongs to.

use std::sync::Arc;

use plumb_address::ProviderConfigAddress;
use plumb_configuration::{ProviderInstance, ResourceBlock};
use plumb_diagnostics::Diagnostic;
use plumb_value::{Type, Value, convert};

use crate::{Evaluator, Frame, InstanceAddress, ModuleNode, Scope};

impl Evaluator {
    /// The provider configuration of an instance, with its key where the configuration has several
    /// instances. `None` where the key has no use, which is reported.
    pub async fn provider_config_of(
        self: &Arc<Self>,
        block: &ResourceBlock,
        at: &InstanceAddress,
        frame: &mut Frame,
    ) -> Option<ProviderConfigAddress> {
        let (expression, scope) = match &block.provider_instance {
            None => return Some(block.provider_config.clone()),
            Some(ProviderInstance::OfResource(expression)) => {
                let each_value = at.each_value.clone();
                (expression, Scope::instance(at.module.clone(), at.key.clone(), each_value))
            }
            Some(ProviderInstance::OfModule(module, expression)) => {
                let node = around(&at.module, *module)?;
                let (caller, _) = node.parent.as_ref()?;
                (expression, Scope::instance(caller.clone(), node.key.clone(), node.each_value.clone()))
            }
        };
        let outcome = self.evaluate(expression, &scope, frame).await;
        if outcome.failed {
            return None;
        }
        match key_of(&outcome.value) {
            Ok(key) => Some(block.provider_config.with_key(Some(key))),
            Err(why) => {
                let detail = format!(
                    "Nothing tells which instance of {} is to take care of {}: {why}.",
                    block.provider_config, at.address
                );
                self.report(
                    Diagnostic::error("Invalid provider instance key", detail)
                        .at(expression.span())
                        .on(&at.address),
                );
                None
            }
        }
    }
}

/// The instance of a module that another instance is in, or is.
fn around(node: &Arc<ModuleNode>, module: plumb_configuration::ModuleId) -> Option<&Arc<ModuleNode>> {
    let mut at = node;
    while at.module != module {
        at = at.parent.as_ref().map(|(parent, _)| parent)?;
    }
    Some(at)
}

/// A value as the key of an instance, or why it is none.
fn key_of(value: &Value) -> Result<Arc<str>, &'static str> {
    let marks = value.marks();
    if marks.is_sensitive() || marks.is_ephemeral() {
        return Err(
            "the key is made of a value that is sensitive or ephemeral, and keys are recorded and shown",
        );
    }
    if value.is_null() {
        return Err("the key is null");
    }
    if !value.is_known() {
        return Err(
            "the key depends on values that are known only after apply; make it of what is known while planning, such as \
             each.key",
        );
    }
    let text = convert(value, &Type::String).ok().and_then(|text| text.as_text().cloned());
    text.ok_or("the key is neither a text nor a number nor a truth value")
}
