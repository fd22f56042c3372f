//! Evaluating compiled expressions: a pure function of the inputs and of what functions may see.
//!
//! Errors are collected, never thrown: what fails becomes an unknown value, so that one run reports
//! everything there is to say. Each kind of expression has its own file.

mod call;
mod conditional;
mod construct;
mod operator;
mod prefix;
mod splat;
mod template;
mod template_function;
mod walk;

pub(crate) use prefix::certain_prefix;

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use plumb_value::{Type, Value, convert};

use crate::access;
use crate::describe::Shown;
use crate::expression::{Context, FunctionWorld, Mention};
use crate::node::{Node, NodeKind, Step};
use crate::reference::Reference;

/// State of one evaluation.
pub(crate) struct Evaluator<'a> {
    pub(crate) references: &'a [Reference],
    pub(crate) inputs: &'a [Value],
    /// References that lead to nothing, with what is to be said where one is used.
    missing: &'a [(usize, Diagnostic)],
    locals: &'a [(Arc<str>, Value)],
    world: &'a FunctionWorld<'a>,
    /// Values of the variables bound around the current place, the innermost last.
    pub(crate) slots: Vec<Value>,
    found: Vec<Diagnostic>,
    /// Above zero within `try` and `can`, whose errors nobody will read in full.
    quiet: usize,
    /// Whether this is the inside of a template function; those do not nest.
    in_template: bool,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(references: &'a [Reference], inputs: &'a [Value], context: &Context<'a>) -> Self {
        Evaluator {
            references,
            inputs,
            missing: &[],
            locals: context.locals,
            world: context.world,
            slots: Vec::new(),
            found: Vec::new(),
            quiet: 0,
            in_template: false,
        }
    }

    /// The same, where some references lead to nothing.
    pub(crate) fn with_missing(self, missing: &'a [(usize, Diagnostic)]) -> Self {
        Evaluator { missing, ..self }
    }

    fn reference(&mut self, at: usize, node: &Node) -> Value {
        if let Some((_, problem)) = self.missing.iter().find(|(missing, _)| *missing == at) {
            return self.fail(problem.clone(), node);
        }
        self.inputs.get(at).cloned().unwrap_or_else(Value::dynamic)
    }

    pub(crate) fn finish(self) -> Diagnostics {
        self.found.into_iter().collect()
    }

    /// The value of a name that the context knows; unknown where it does not know it after all.
    pub(crate) fn local(&self, name: &str) -> Value {
        let found = self.locals.iter().find(|(candidate, _)| &**candidate == name);
        found.map_or_else(Value::dynamic, |(_, value)| value.clone())
    }

    /// The value of a node.
    pub(crate) fn node(&mut self, node: &Node) -> Value {
        match &node.kind {
            NodeKind::Constant(value) => value.clone(),
            NodeKind::Failed => Value::dynamic(),
            NodeKind::Reference(at) => self.reference(*at, node),
            NodeKind::Slot { slot, .. } => self.slots.get(*slot).cloned().unwrap_or_else(Value::dynamic),
            NodeKind::ContextLocal(name) => self.local(name),
            NodeKind::Group(inner) => self.node(inner),
            NodeKind::Template(parts) => self.template(parts, node),
            NodeKind::TemplateJoin(walk) => self.template_join(walk, node),
            NodeKind::Traverse { base, steps } => {
                let before = self.found.len();
                let value = self.node(base);
                // A splat of what went wrong says nothing, not even of which type it would be.
                if self.has_errors_since(before)
                    && steps.iter().any(|step| matches!(step, Step::Splat { .. }))
                {
                    return Value::dynamic();
                }
                self.steps(value, steps, node)
            }
            NodeKind::Call(call) => self.call(call, node),
            NodeKind::Tuple(items) => self.tuple(items),
            NodeKind::Object(items) => self.object(items),
            NodeKind::For(walk) => self.walk(walk, node),
            NodeKind::Conditional(choice) => self.conditional(choice, node),
            NodeKind::Chain { first, rest } => self.chain(first, rest),
            NodeKind::Unary { operator, operand } => self.unary(*operator, operand, node),
            NodeKind::AmbiguousKey => self.ambiguous_key(node),
        }
    }

    fn tuple(&mut self, items: &[Node]) -> Value {
        let values: Vec<Value> = items.iter().map(|item| self.node(item)).collect();
        Value::tuple(values)
    }

    /// What the steps make of a value; `whole` is the traversal, for messages.
    fn steps(&mut self, mut value: Value, steps: &[Step], whole: &Node) -> Value {
        for (at, step) in steps.iter().enumerate() {
            let result = match step {
                Step::Attribute { name, span } => {
                    access::attribute(&value, name).map_err(|error| error.at(*span))
                }
                Step::Index { key, span } => access::index(&value, key).map_err(|error| error.at(*span)),
                Step::ComputedIndex { key, span } => {
                    let key = self.node(key);
                    access::index(&value, &key).map_err(|error| error.at(*span))
                }
                Step::Splat { steps: inner, span } => {
                    let before = steps[..at].last().map_or(whole.span, step_span);
                    Ok(self.splat(value, inner, before.to(*span), whole))
                }
            };
            value = match result {
                Ok(value) => value,
                Err(error) => return self.fail(error, whole),
            };
        }
        value
    }

    /// Reports an error in a part of the expression; what it should have been is unknown.
    fn fail(&mut self, mut error: Diagnostic, shown: &Node) -> Value {
        if self.quiet == 0 {
            let known = std::mem::take(&mut error.values);
            error.values = Shown { evaluator: self, mention: Mention::default() }.values(shown);
            error.values.extend(known);
            if error.context.is_none() && error.subject != Some(shown.span) {
                error.context = (!shown.span.is_none()).then_some(shown.span);
            }
        }
        self.found.push(error);
        Value::dynamic()
    }

    /// Takes out the diagnostics found since there were `before`.
    fn take_since(&mut self, before: usize) -> Vec<Diagnostic> {
        self.found.split_off(before.min(self.found.len()))
    }

    fn has_errors_since(&self, before: usize) -> bool {
        self.found.iter().skip(before).any(Diagnostic::is_error)
    }
}

fn step_span(step: &Step) -> Span {
    match step {
        Step::Attribute { span, .. }
        | Step::Index { span, .. }
        | Step::ComputedIndex { span, .. }
        | Step::Splat { span, .. } => *span,
    }
}

/// The value as a condition: true, false or, where it is not known, `None`.
fn truth(value: &Value) -> Result<Option<bool>, String> {
    convert(value, &Type::Bool).map(|value| value.as_bool()).map_err(|error| error.to_string())
}
