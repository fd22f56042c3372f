//! The expressions of a module, and what they take of resources.

use std::sync::Arc;

use plumb_expression::{Expression, Subject};
use plumb_source::Span;
use plumb_syntax::ast::{Expr, ExprKind, Step};
use plumb_value::{Path, Value};

use crate::body::DynamicBlock;
use crate::config::{CheckRule, Module, ResourceBlock};
use crate::reader::constant;
use crate::walk::walk;

impl Module {
    /// Every expression in its blocks that is evaluated in the module.
    /// `makes_any` says of a dynamic block whether it makes any: what it consists of is left out otherwise.
    pub fn expressions(&self, makes_any: &dyn Fn(&DynamicBlock) -> bool) -> Vec<&Arc<Expression>> {
        let mut found: Vec<&Arc<Expression>> = self.locals.values().map(|local| &local.value).collect();
        for variable in self.variables.values() {
            found.extend(of_rules(&variable.validations));
        }
        for output in self.outputs.values() {
            found.push(&output.value);
            found.extend(of_rules(&output.preconditions));
        }
        for call in self.calls.values() {
            found.extend(call.repetition.expression());
            found.extend(call.arguments.values().map(|argument| &argument.value));
        }
        for block in self.providers.values() {
            found.extend(block.body.expressions_made(makes_any));
        }
        for check in self.checks.values() {
            found.extend(of_rules(&check.asserts));
        }
        for block in self.resources.values() {
            found.extend(block.expressions(makes_any));
        }
        found
    }
}

impl ResourceBlock {
    fn expressions(&self, makes_any: &dyn Fn(&DynamicBlock) -> bool) -> Vec<&Arc<Expression>> {
        let mut found = self.body.expressions_made(makes_any);
        found.extend(self.repetition.expression());
        found.extend(self.lifecycle.prevent_destroy.iter().map(|prevent| &prevent.value));
        found.extend(of_rules(&self.lifecycle.preconditions));
        found.extend(of_rules(&self.lifecycle.postconditions));
        let connections = self.provisioners.iter().filter_map(|provisioner| provisioner.connection.as_ref());
        let bodies = self.provisioners.iter().map(|provisioner| &provisioner.body);
        for body in bodies.chain(connections).chain(&self.connection) {
            found.extend(body.expressions_made(makes_any));
        }
        found
    }
}

fn of_rules(rules: &[CheckRule]) -> impl Iterator<Item = &Arc<Expression>> {
    rules.iter().flat_map(|rule| [&rule.condition, &rule.error_message])
}

/// What an expression takes of an instance of a resource, as far as it is written down.
pub struct Taken<'m> {
    /// The block of the resource.
    pub block: &'m ResourceBlock,
    /// The steps from the object to what is taken.
    pub path: Path,
    /// Where that stands.
    pub span: Span,
}

/// Everything that an expression takes of resources of its module.
pub fn taken_of_resources<'m>(module: &'m Module, expression: &Expression) -> Vec<Taken<'m>> {
    let declared: Vec<&ResourceBlock> = expression
        .all_references()
        .into_iter()
        .filter_map(|reference| match &reference.subject {
            Subject::Resource(resource, _) => module.resources.get(resource),
            _ => None,
        })
        .collect();
    if declared.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Taken<'m>> = Vec::new();
    walk(expression.syntax(), &mut |expression, is_bound| {
        let ExprKind::Traverse { base, steps } = &expression.kind else { return };
        let ExprKind::Variable(first) = &base.kind else { return };
        if is_bound(&first.text) {
            return;
        }
        let taken = declared.iter().find_map(|block| {
            let steps = steps.get(crate::check::named(&block.resource, &first.text, steps)?..)?;
            Some(Taken { block, path: written(behind_key(block, steps)?), span: expression.span })
        });
        found.extend(taken.filter(|taken| !taken.path.0.is_empty()));
    });
    found.sort_by_key(|taken| (taken.span.start, taken.span.end));
    found
}

/// The steps behind the key of an instance, where it is one instance that is meant.
fn behind_key<'s>(block: &ResourceBlock, steps: &'s [Step]) -> Option<&'s [Step]> {
    if !block.repetition.has_keys() {
        // What a single object is indexed with is told elsewhere.
        let is_indexed = matches!(steps.first(), Some(Step::Index { .. } | Step::LegacyIndex { .. }));
        return (!is_indexed).then_some(steps);
    }
    match steps {
        [Step::Index { key, .. }, rest @ ..] if is_literal(key) => Some(rest),
        [Step::LegacyIndex { .. }, rest @ ..] => Some(rest),
        _ => None,
    }
}

fn is_literal(key: &Expr) -> bool {
    constant(key).0.is_some()
}

/// The steps up to the first one that only evaluating tells.
fn written(steps: &[Step]) -> Path {
    let mut path = Path::root();
    for step in steps {
        path = match step {
            Step::Attribute { name, .. } => path.attribute(name.text.clone()),
            Step::Index { key, .. } => match constant(key).0 {
                Some(key) => path.index(key),
                None => break,
            },
            Step::LegacyIndex { number, .. } => match number.parse::<i64>() {
                Ok(number) => path.index(Value::number(number)),
                Err(_) => break,
            },
            Step::AttributeSplat { .. } | Step::FullSplat { .. } => break,
        };
    }
    path
}
