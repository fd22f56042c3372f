//! Input variables.

use std::collections::BTreeSet;
use std::sync::Arc;

use plumb_configuration::{CheckRule, Variable};
use plumb_diagnostics::Diagnostic;
use plumb_expression::Subject;
use plumb_value::{Marks, Value};

use crate::{CellKey, Evaluator, Frame, ModuleNode, Outcome, Phase, Scope};

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

    /// The value of a variable for whoever refers to it. Nothing is made of a value that turns out not
    /// to be allowed. What is given from outside is known while planning and not looked at again.
    ///
    /// While validating nobody knows any value: the module has to be right whatever it is called with,
    /// and leaves out by `count` what a certain call does not define.
    pub(crate) async fn fetch_variable(
        self: &Arc<Self>,
        name: &Arc<str>,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Outcome {
        let node = scope.module.id;
        let validates_it = scope.validates.as_ref() == Some(name);
        if self.phase() == Phase::Validate && !validates_it {
            let variable = self.config().module(scope.module.module).variables.get(name);
            return variable.map_or_else(Outcome::failed, |variable| Outcome::of(unknown(variable)));
        }
        let outcome = self.value(CellKey::Variable(node, name.clone()), frame).await;
        if scope.module.parent.is_none() && scope.validates.is_none() && self.is_refused(name) {
            return Outcome::failed();
        }
        let is_checked = matches!(self.phase(), Phase::Plan | Phase::Import | Phase::Apply)
            && scope.module.parent.is_some()
            && scope.validates.is_none();
        if outcome.failed || !is_checked || !self.own_rules(&scope.module, name).any(|_| true) {
            return outcome;
        }
        let valid = self.value(CellKey::Valid(node, name.clone()), frame).await;
        if valid.failed { valid } else { outcome }
    }

    /// Validations of a variable that are about its value alone. Others may need what is made of the
    /// variable, so nothing can wait for them.
    fn own_rules<'a>(&'a self, node: &ModuleNode, name: &'a Arc<str>) -> impl Iterator<Item = &'a CheckRule> {
        // Rules may be about what is gone where a test replaces the module.
        let variable =
            self.config().module(node.module).variables.get(name).filter(|_| !self.is_replaced(node));
        variable.into_iter().flat_map(|variable| &variable.validations).filter(move |rule| is_own(rule, name))
    }

    pub(crate) async fn compute_valid(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        name: &Arc<str>,
        frame: &mut Frame,
    ) -> Outcome {
        let rules: Vec<CheckRule> = self.own_rules(node, name).cloned().collect();
        if self.validate(node, name, &rules, frame).await {
            Outcome::of(Value::bool(true))
        } else {
            Outcome::failed()
        }
    }

    async fn validate(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        name: &str,
        rules: &[CheckRule],
        frame: &mut Frame,
    ) -> bool {
        let address = format!("{}var.{name}", module_prefix(node));
        let scope = Scope { validates: Some(name.into()), ..Scope::module(node.clone()) };
        self.check_rules("var", &address, rules, &scope, frame, true).await
    }

    /// Checks the variables of every module that is called, as they are while applying.
    pub async fn validate_applied(self: &Arc<Self>) {
        let mut nodes = vec![self.root()];
        while let Some(node) = nodes.pop() {
            if node.parent.is_some() {
                self.validate_module(&node).await;
            }
            let calls: Vec<Arc<str>> = self.module(&node).calls.keys().cloned().collect();
            for call in calls {
                nodes.extend(self.call_instances(&node, &call, &mut Frame::new()).await.unwrap_or_default());
            }
        }
    }

    async fn validate_module(self: &Arc<Self>, node: &Arc<ModuleNode>) {
        let config = self.config().clone();
        for variable in config.module(node.module).variables.values() {
            self.validate_variable(node, variable).await;
        }
    }

    /// Checks everything that must hold of a variable; returns whether it does.
    pub async fn validate_variable(self: &Arc<Self>, node: &Arc<ModuleNode>, variable: &Variable) -> bool {
        let (name, frame) = (&variable.name, &mut Frame::new());
        if self.value(CellKey::Variable(node.id, name.clone()), frame).await.failed {
            return false;
        }
        if variable.validations.is_empty() || self.is_replaced(node) {
            return true;
        }
        let is_valid = !self.value(CellKey::Valid(node.id, name.clone()), frame).await.failed;
        let others: Vec<CheckRule> =
            variable.validations.iter().filter(|rule| !is_own(rule, name)).cloned().collect();
        self.validate(node, name, &others, frame).await && is_valid
    }

    /// Says which variables of the root module have values that are not allowed. Whoever refers to
    /// them from now on fails. To be said once.
    pub fn refuse_variables(&self, names: BTreeSet<Arc<str>>) {
        // Whoever says it a second time says the same.
        let _ = self.refused.set(names);
    }

    fn is_refused(&self, name: &str) -> bool {
        self.refused.get().is_some_and(|names| names.contains(name))
    }

    /// Checks what must hold of the value of a variable alone.
    pub async fn validate_alone(self: &Arc<Self>, node: &Arc<ModuleNode>, variable: &Variable) {
        let (name, frame) = (&variable.name, &mut Frame::new());
        if self.own_rules(node, name).any(|_| true)
            && !self.value(CellKey::Variable(node.id, name.clone()), frame).await.failed
        {
            self.value(CellKey::Valid(node.id, name.clone()), frame).await;
        }
    }

    fn root_variable(&self, variable: &Variable) -> Option<Value> {
        if self.phase() == Phase::Validate {
            return Some(unknown(variable));
        }
        let Some(given) = self.given(&variable.name) else {
            return variable.default.clone().or_else(|| {
                self.report(missing(variable));
                None
            });
        };
        match given.fit(variable) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.report(*problem);
                None
            }
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
        match variable.fit(&outcome.value) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.report(
                    Diagnostic::error(
                        reason.summary(),
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

/// Whether a validation refers to nothing but the variable itself.
fn is_own(rule: &CheckRule, name: &Arc<str>) -> bool {
    let references = [rule.condition.all_references(), rule.error_message.all_references()].concat();
    references.iter().all(|reference| matches!(&reference.subject, Subject::Variable(other) if other == name))
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

fn unknown(variable: &Variable) -> Value {
    Value::unknown(variable.ty.clone()).with_marks(declared_marks(variable))
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
