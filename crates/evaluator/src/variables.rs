//! Input variables.

use std::sync::Arc;

use plumb_configuration::Variable;
use plumb_diagnostics::Diagnostic;
use plumb_value::{Marks, Value, convert};

use crate::{Evaluator, Frame, ModuleNode, Outcome, Phase, Scope};

impl Evaluator {
    pub(crate) async fn compute_variable(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        name: &Arc<str>,
        frame: &mut Frame,
    ) -> Outcome {
        let config = self.config().clone();
        let Some(variable) = config.module(node.module).variables.get(name) else { return Outcome::failed() };
        let value = match &node.parent {
            None => self.root_variable(variable),
            Some((parent, call)) => self.argument(variable, node, parent, call, frame).await,
        };
        match value {
            Some(value) => Outcome::of(value.with_marks(declared_marks(variable))),
            None => Outcome::failed(),
        }
    }

    fn root_variable(&self, variable: &Variable) -> Option<Value> {
        if self.phase() == Phase::Validate {
            return Some(Value::unknown(variable.ty.clone()));
        }
        match self.given(&variable.name) {
            Some(value) => Some(value.clone()),
            None => variable.default.clone().or_else(|| {
                self.report(missing(variable));
                None
            }),
        }
    }

    /// The value that a call gives to a variable of its module.
    async fn argument(
        self: &Arc<Self>,
        variable: &Variable,
        node: &Arc<ModuleNode>,
        parent: &Arc<ModuleNode>,
        call: &Arc<str>,
        frame: &mut Frame,
    ) -> Option<Value> {
        let config = self.config().clone();
        let block = config.module(parent.module).calls.get(call)?;
        let Some(argument) = block.arguments.get(&variable.name) else {
            return variable.default.clone().or_else(|| {
                self.report(
                    Diagnostic::error(
                        "Missing required argument",
                        format!(
                            "The argument \"{}\" is required, but no definition was found.",
                            variable.name
                        ),
                    )
                    .at(block.span),
                );
                None
            });
        };
        let scope = Scope {
            unknown_key: node.unknown_key,
            ..Scope::instance(parent.clone(), node.key.clone(), node.each_value.clone())
        };
        let outcome = self.evaluate(&argument.value, &scope, frame).await;
        if outcome.failed {
            return None;
        }
        match fit(variable, outcome.value) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.report(
                    Diagnostic::error(
                        "Invalid value for input variable",
                        format!(
                            "The given value is not suitable for {}var.{}: {reason}.",
                            module_prefix(node),
                            variable.name
                        ),
                    )
                    .at(argument.value.span())
                    .note(variable.span, "the variable is declared here"),
                );
                None
            }
        }
    }
}

fn module_prefix(node: &ModuleNode) -> String {
    if node.address.is_root() { String::new() } else { format!("{}.", node.address) }
}

fn declared_marks(variable: &Variable) -> Marks {
    let mut marks = Marks::NONE;
    if variable.sensitive {
        marks |= Marks::SENSITIVE;
    }
    if variable.ephemeral {
        marks |= Marks::EPHEMERAL;
    }
    marks
}

fn missing(variable: &Variable) -> Diagnostic {
    Diagnostic::error(
        "No value for required variable",
        format!(
            "The root module input variable \"{}\" is not set, and has no default value. Use a -var or -var-file \
             command line argument to provide a value for this variable.",
            variable.name
        ),
    )
    .at(variable.span)
}

/// Makes a value one of a variable: with defaults of optional attributes, of its type, and not null
/// where that is not allowed.
fn fit(variable: &Variable, value: Value) -> Result<Value, String> {
    if value.is_null() && !variable.nullable {
        return variable.default.clone().ok_or_else(|| "required variable may not be set to null".to_owned());
    }
    let value = match &variable.type_defaults {
        Some(defaults) => defaults.apply(&value),
        None => value,
    };
    convert(&value, &variable.ty).map_err(|error| {
        let path = error.path.to_string();
        if path.is_empty() {
            error.message
        } else {
            format!("{}: {}", path.trim_start_matches('.'), error.message)
        }
    })
}
