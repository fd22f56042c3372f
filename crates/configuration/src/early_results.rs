//! What comes of values that are known early: sources of modules, instances of providers, arguments of
//! backends.
//!
//! Responsible for what each of them may be, and for what to say where it is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_expression::Expression;
use plumb_value::{Marks, Type, Value, convert};

use crate::config::{Config, ModuleCall, ModuleId, ProviderBlock};
use crate::early::{EarlyEvaluator, EarlyInputs};

/// What to say of texts that will not do.
#[derive(Clone, Copy)]
struct Headlines {
    of_type: &'static str,
    /// Of what must not be shown, where there is a headline of its own.
    of_marks: Option<&'static str>,
}

const SOURCE: Headlines = Headlines { of_type: "Unsuitable value type", of_marks: None };
const VERSION: Headlines =
    Headlines { of_type: "Invalid version constraint", of_marks: Some("Invalid version constraint") };

impl EarlyEvaluator<'_> {
    /// Computes the source and the version of a call. Where one of them cannot be computed, which is told,
    /// the source stays empty.
    pub(crate) fn compute_source(&mut self, module: ModuleId, call: &mut ModuleCall) {
        let Some(computed) = call.computed.clone() else { return };
        let before = self.told();
        if let Some(expression) = &computed.version {
            let what = format!("module.{}.version", call.name);
            // One that is null is as if it were not there.
            let text = self.text(module, expression, &what, VERSION);
            call.version = text.map(|text| (text, expression.span()));
        }
        if let Some(expression) = &computed.source {
            let what = format!("module.{}.source", call.name);
            call.source = self.text(module, expression, &what, SOURCE).unwrap_or_default();
            if call.source.is_empty() && self.told() == before {
                let detail = "The source is null or empty, so nothing says where the module comes from.";
                self.report(Diagnostic::error(SOURCE.of_type, detail).at(expression.span()));
            }
        }
        if self.told() > before {
            call.source = Arc::default();
        }
    }

    /// Finds out which instances a provider configuration has; none where that fails, which is told.
    pub(crate) fn compute_instances(&mut self, module: ModuleId, block: &mut ProviderBlock) {
        let Some(expression) = block.for_each.clone() else { return };
        let alias = block.alias.as_deref().unwrap_or_default();
        let what = format!("provider.{}.{alias}.for_each", block.name);
        let Some(value) = self.evaluate(module, &expression, &what) else { return };
        match instances_of(&value) {
            Ok(instances) => block.instances = Arc::new(instances),
            Err(detail) => {
                let problem = Diagnostic::error("Invalid for_each argument", detail);
                self.report(problem.at(expression.span()));
            }
        }
    }

    /// A text that is recorded and shown; `None` where it is null or where it failed, which is told.
    fn text(
        &mut self,
        module: ModuleId,
        expression: &Expression,
        what: &str,
        headlines: Headlines,
    ) -> Option<Arc<str>> {
        let value = self.evaluate(module, expression, what)?;
        let (headline, detail) = match unfit_mark(&value, what) {
            Some((headline, detail)) => (headlines.of_marks.unwrap_or(headline), detail),
            None => match convert(&value, &Type::String) {
                Ok(value) if value.is_wholly_known() => return value.as_text().cloned(),
                Ok(_) => {
                    let detail = format!(
                        "The value of {what} depends on the time or on chance, and must be known early."
                    );
                    (headlines.of_type, detail)
                }
                Err(error) => {
                    (headlines.of_type, format!("A string value is required for {what}: {}.", error.message))
                }
            },
        };
        self.report(Diagnostic::error(headline, detail).at(expression.span()));
        None
    }
}

/// Why a value cannot be used where it would be recorded and shown, if so: `what` is what it was to be used
/// as.
pub fn unfit_mark(value: &Value, what: &str) -> Option<(&'static str, String)> {
    let (_, places) = value.unmark_deep_with_paths();
    let marks = places.iter().fold(Marks::NONE, |all, (_, marks)| all | *marks);
    let (headline, kind) = if marks.is_sensitive() {
        ("Sensitive value not allowed", "Sensitive")
    } else if marks.is_ephemeral() {
        ("Ephemeral value not allowed", "Ephemeral")
    } else {
        return None;
    };
    let detail = format!(
        "{kind} values, and values derived from such, cannot be used as {what}, which is recorded and shown."
    );
    Some((headline, detail))
}

/// Evaluates the arguments of a block of the root module, such as `backend`, by name. Those that failed
/// are not there, which is told.
pub fn early_arguments(
    config: &Config,
    inputs: &dyn EarlyInputs,
    body: &crate::Body,
    what: &str,
) -> (BTreeMap<Arc<str>, Value>, Diagnostics) {
    let mut evaluator = EarlyEvaluator::new(config, inputs);
    let mut values = BTreeMap::new();
    for (name, attribute) in &body.attributes {
        let what = format!("{what}.{name}");
        let value = match attribute.value.constant() {
            Some(value) => Some(value),
            None => evaluator.evaluate(ModuleId::ROOT, &attribute.value, &what),
        };
        values.extend(value.map(|value| (name.clone(), value)));
    }
    (values, evaluator.finish())
}

/// The elements of a `for_each` by key, or why it is none.
fn instances_of(value: &Value) -> Result<BTreeMap<Arc<str>, Value>, String> {
    let marks = value.marks();
    if marks.is_sensitive() || marks.is_ephemeral() {
        let kind = if marks.is_sensitive() { "Sensitive" } else { "Ephemeral" };
        return Err(format!(
            "{kind} values, and values derived from such, cannot be used as for_each arguments: keys are recorded and shown."
        ));
    }
    let unsuitable =
        |why: String| Err(format!("The given \"for_each\" argument value is unsuitable: {why}."));
    if value.is_null() {
        return unsuitable("the given \"for_each\" argument value is null".to_owned());
    }
    if !value.is_known() {
        return Err("The value depends on the time or on chance, and the instances of a provider must be known early.".to_owned());
    }
    match value.ty() {
        Type::Map(_) | Type::Object(_) => {
            let entries = value.entries().unwrap_or_default();
            Ok(entries.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        Type::Set(_) => {
            let elements = value.elements().into_iter().flatten();
            let keyed: Option<BTreeMap<Arc<str>, Value>> =
                elements.map(|(_, element)| Some((element.as_text()?.clone(), element.clone()))).collect();
            match keyed {
                Some(keyed) => Ok(keyed),
                None => unsuitable(
                    "of sets, only those of strings will do, without null among them and known early"
                        .to_owned(),
                ),
            }
        }
        other => unsuitable(format!(
            "the \"for_each\" argument must be a map, or set of strings, and you have provided a value of type {}",
            other.friendly_name()
        )),
    }
}
