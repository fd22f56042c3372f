//! Conditions that must hold: validations, preconditions, postconditions, assertions.

use std::sync::{Arc, PoisonError};

use plumb_configuration::{CheckRule, Origin};
use plumb_diagnostics::{Diagnostic, Severity};
use plumb_source::Span;
use plumb_state::CheckStatus;
use plumb_value::{Type, Value, convert};

use crate::{Evaluator, Frame, ModuleNode, Outcome, Scope};

/// How one condition came out.
#[derive(Clone, Debug)]
pub struct RuleResult {
    /// `resource`, `output`, `check` or `var`.
    pub kind: &'static str,
    /// Address of the object that it belongs to.
    pub address: String,
    /// How it came out.
    pub status: CheckStatus,
    /// What to say where it does not hold.
    pub message: Option<String>,
}

/// One kind of object with conditions, as messages call it.
fn summary(kind: &str) -> &'static str {
    match kind {
        "var" => "Invalid value for variable",
        "output" => "Module output value precondition failed",
        "check" => "Check block assertion failed",
        _ => "Resource precondition failed",
    }
}

impl Evaluator {
    /// Evaluates conditions, reports those that do not hold and remembers how each came out.
    /// Returns whether none of them failed; one that cannot be decided yet has not failed.
    /// Where `required` is false a failure is only a warning.
    pub async fn check_rules(
        self: &Arc<Self>,
        kind: &'static str,
        address: &str,
        rules: &[CheckRule],
        scope: &Scope,
        frame: &mut Frame,
        required: bool,
    ) -> bool {
        let status = self.rules_status(kind, address, rules, scope, frame, required).await;
        matches!(status, CheckStatus::Pass | CheckStatus::Unknown) || !required
    }

    /// The same; returns the worst of what the conditions came to.
    pub async fn rules_status(
        self: &Arc<Self>,
        kind: &'static str,
        address: &str,
        rules: &[CheckRule],
        scope: &Scope,
        frame: &mut Frame,
        required: bool,
    ) -> CheckStatus {
        let mut worst = CheckStatus::Pass;
        for rule in rules {
            let status = self.check_rule(kind, address, rule, scope, frame, required).await;
            if badness(status) > badness(worst) {
                worst = status;
            }
        }
        worst
    }

    /// Remembers how something came out that no condition says.
    pub fn note_result(&self, result: RuleResult) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push(result);
    }

    /// Whether anything of an object is known to have failed.
    pub fn has_failed(&self, kind: &str, address: &str) -> bool {
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules
            .iter()
            .any(|rule| rule.kind == kind && rule.address == address && rule.status == CheckStatus::Fail)
    }

    async fn check_rule(
        self: &Arc<Self>,
        kind: &'static str,
        address: &str,
        rule: &CheckRule,
        scope: &Scope,
        frame: &mut Frame,
        required: bool,
    ) -> CheckStatus {
        let inputs = self.inputs(&rule.condition, scope, frame).await;
        let outcome = match &inputs {
            Some(inputs) => self.evaluate_ready(&rule.condition, scope, inputs, &[]),
            None => Outcome::failed(),
        };
        let (status, message) = if outcome.failed {
            (CheckStatus::Error, None)
        } else {
            match self.condition_value(rule, &outcome.value) {
                CheckStatus::Fail => (CheckStatus::Fail, Some(self.rule_message(rule, scope, frame).await)),
                status => (status, None),
            }
        };
        if let Some(message) = &message {
            let mut diagnostic = self.refusal(kind, address, rule, scope, message);
            diagnostic.values =
                inputs.map(|inputs| self.describe(&rule.condition, scope, &inputs)).unwrap_or_default();
            if !required {
                diagnostic.severity = Severity::Warning;
            }
            diagnostic.is_provisional = kind == "check";
            diagnostic.failed_check = Some(address.to_owned());
            self.report(diagnostic);
        } else if kind == "check" && status == CheckStatus::Unknown {
            let mut diagnostic = undecided(rule).on(address);
            diagnostic.values =
                inputs.map(|inputs| self.describe(&rule.condition, scope, &inputs)).unwrap_or_default();
            self.report(diagnostic);
        }
        let result = RuleResult { kind, address: address.to_owned(), status, message };
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push(result);
        status
    }

    /// Evaluates a condition that somebody has who stands outside of the configuration, such as a test.
    /// It sees the root module, and `locals` beside it. What is wrong is reported.
    pub async fn assert(
        self: &Arc<Self>,
        rule: &CheckRule,
        locals: &[(Arc<str>, Value)],
        frame: &mut Frame,
    ) -> CheckStatus {
        let scope = Scope::module(self.root());
        let Some(inputs) = self.inputs(&rule.condition, &scope, frame).await else {
            return CheckStatus::Unknown;
        };
        let outcome = self.evaluate_ready(&rule.condition, &scope, &inputs, locals);
        if outcome.failed {
            return CheckStatus::Error;
        }
        let status = self.condition_value(rule, &outcome.value);
        let described = || self.describe_seeing(&rule.condition, &scope, &inputs, locals);
        match status {
            CheckStatus::Fail => {
                let message = match self.inputs(&rule.error_message, &scope, frame).await {
                    Some(inputs) => self.evaluate_ready(&rule.error_message, &scope, &inputs, locals),
                    None => Outcome::failed(),
                };
                let mut diagnostic = Diagnostic::error("Test assertion failed", message_text(&message.value))
                    .at(rule.condition.span());
                diagnostic.values = described();
                self.report(diagnostic);
            }
            CheckStatus::Unknown => {
                let mut diagnostic = Diagnostic::error(
                    "Unknown condition value",
                    "Whether the condition holds cannot be told yet: it depends on a value that is known only after the plan \
                     was applied. Let the run apply, with command = apply, or leave this value out of the condition.",
                )
                .at(rule.condition.span());
                diagnostic.values = described();
                self.report(diagnostic);
            }
            CheckStatus::Pass | CheckStatus::Error => {}
        }
        status
    }

    /// What to say where a condition does not hold.
    fn refusal(
        &self,
        kind: &'static str,
        address: &str,
        rule: &CheckRule,
        scope: &Scope,
        message: &str,
    ) -> Diagnostic {
        let condition = rule.condition.span();
        match kind {
            // At fault is not the rule but who gave the value.
            "var" => {
                let name = address.rsplit('.').next().unwrap_or(address);
                Diagnostic::error(summary_of(kind, rule, scope), message)
                    .at(self.giving_place(&scope.module, name).unwrap_or(condition))
                    .note(condition, "this rule refuses the value")
            }
            "output" => Diagnostic::error(summary_of(kind, rule, scope), message).at(condition),
            _ => Diagnostic::error(summary_of(kind, rule, scope), message).at(condition).on(address),
        }
    }

    /// Where a variable gets its value: from a call, or else from outside.
    fn giving_place(&self, node: &ModuleNode, name: &str) -> Option<Span> {
        let variable = self.config().module(node.module).variables.get(name)?;
        let argument = node.parent.as_ref().and_then(|(parent, call)| {
            let call = self.config().module(parent.module).calls.get(call)?;
            call.arguments.get(name).map(|argument| argument.value.span())
        });
        let by_test = || match self.given(name).filter(|_| node.parent.is_none())?.origin {
            Origin::Test(span) => Some(span),
            Origin::File(_) | Origin::Told(_) => None,
        };
        Some(argument.or_else(by_test).unwrap_or(variable.span))
    }

    fn condition_value(&self, rule: &CheckRule, value: &Value) -> CheckStatus {
        let (value, _) = value.clone().unmark();
        if value.is_null() {
            self.report(
                Diagnostic::error(
                    "Invalid condition result",
                    "Condition expression must return either true or false, not null.",
                )
                .at(rule.condition.span()),
            );
            return CheckStatus::Error;
        }
        match convert(&value, &Type::Bool) {
            Ok(value) => match value.as_bool() {
                Some(true) => CheckStatus::Pass,
                Some(false) => CheckStatus::Fail,
                None => CheckStatus::Unknown,
            },
            Err(error) => {
                self.report(
                    Diagnostic::error(
                        "Invalid condition result",
                        format!("Invalid condition result value: {}.", error.message),
                    )
                    .at(rule.condition.span()),
                );
                CheckStatus::Error
            }
        }
    }

    /// The author's message, unless it must not be shown or is not known.
    async fn rule_message(self: &Arc<Self>, rule: &CheckRule, scope: &Scope, frame: &mut Frame) -> String {
        message_text(&self.evaluate(&rule.error_message, scope, frame).await.value)
    }
}

/// An error message as it may be shown.
fn message_text(value: &Value) -> String {
    if value.deep_marks().is_sensitive() {
        return "The condition does not hold. Its error message refers to sensitive values, so it is not shown."
            .to_owned();
    }
    let (value, _) = value.clone().unmark();
    match value.as_str() {
        Some(text) => text.trim().to_owned(),
        None => "The condition does not hold, and its error message could not be evaluated.".to_owned(),
    }
}

/// Says that nobody can tell yet whether an assertion of a check holds.
fn undecided(rule: &CheckRule) -> Diagnostic {
    let mut diagnostic = Diagnostic::warning(
        "Check block assertion known after apply",
        "What the condition is about is not known yet. Whether it holds will be known when this plan is applied.",
    )
    .at(rule.condition.span());
    diagnostic.is_provisional = true;
    diagnostic
}

fn badness(status: CheckStatus) -> u8 {
    match status {
        CheckStatus::Pass => 0,
        CheckStatus::Unknown => 1,
        CheckStatus::Fail => 2,
        CheckStatus::Error => 3,
    }
}

/// Postconditions are told from preconditions by having the object at hand.
fn summary_of(kind: &'static str, _rule: &CheckRule, scope: &Scope) -> &'static str {
    if kind == "resource" && scope.self_value.is_some() {
        "Resource postcondition failed"
    } else {
        summary(kind)
    }
}
