//! What an expression mentions that is not in it.
//!
//! Responsible for finding the first name or function call in source order, names that the
//! expression itself brings along (those of its `for`s) aside.

use std::sync::Arc;

use plumb_source::Span;
use plumb_syntax::ast::{Expr, ExprKind, For, Ident, ObjectKey, Step, TemplatePart};

/// Something that the expression takes from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mention {
    /// A name.
    Name(Span),
    /// A call of a function.
    Function(Span),
}

/// The first mention. The parser bounds how deep expressions are nested.
pub(super) fn first_mention(expression: &Expr) -> Option<Mention> {
    Search { known: Vec::new() }.expression(expression)
}

/// Names that are known where the search is.
struct Search {
    known: Vec<Arc<str>>,
}

impl Search {
    fn expression(&mut self, expression: &Expr) -> Option<Mention> {
        match &expression.kind {
            ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Null | ExprKind::Invalid => None,
            ExprKind::Variable(name) => {
                (!self.known.contains(&name.text)).then_some(Mention::Name(expression.span))
            }
            ExprKind::Template(parts) => self.parts(parts),
            ExprKind::TemplateWrap(inner) | ExprKind::Parentheses(inner) => self.expression(inner),
            ExprKind::Traverse { base, steps } => self.expression(base).or_else(|| self.steps(steps)),
            ExprKind::Call(_) => Some(Mention::Function(expression.span)),
            ExprKind::Tuple(elements) => elements.iter().find_map(|element| self.expression(element)),
            ExprKind::Object(items) => items.iter().find_map(|item| {
                let key = match &item.key {
                    ObjectKey::Name(_) => None,
                    ObjectKey::Expr(key) => self.expression(key),
                };
                key.or_else(|| self.expression(&item.value))
            }),
            ExprKind::For(repeated) => self.repeated(repeated),
            ExprKind::Conditional { condition, when_true, when_false } => {
                [condition, when_true, when_false].into_iter().find_map(|part| self.expression(part))
            }
            ExprKind::Binary { left, right, .. } => self.expression(left).or_else(|| self.expression(right)),
            ExprKind::Unary { operand, .. } => self.expression(operand),
        }
    }

    fn steps(&mut self, steps: &[Step]) -> Option<Mention> {
        steps.iter().find_map(|step| match step {
            Step::Attribute { .. } | Step::LegacyIndex { .. } => None,
            Step::Index { key, .. } => self.expression(key),
            Step::AttributeSplat { steps, .. } | Step::FullSplat { steps, .. } => self.steps(steps),
        })
    }

    fn repeated(&mut self, repeated: &For) -> Option<Mention> {
        self.expression(&repeated.collection).or_else(|| {
            self.knowing(repeated.key_name.as_ref(), &repeated.value_name, |search| {
                let parts = [repeated.key.as_ref(), Some(&repeated.value), repeated.condition.as_ref()];
                parts.into_iter().flatten().find_map(|part| search.expression(part))
            })
        })
    }

    fn parts(&mut self, parts: &[TemplatePart]) -> Option<Mention> {
        parts.iter().find_map(|part| match part {
            TemplatePart::Literal { .. } => None,
            TemplatePart::Interpolation(expression) => self.expression(expression),
            TemplatePart::If { condition, when_true, when_false, .. } => self
                .expression(condition)
                .or_else(|| self.parts(when_true))
                .or_else(|| self.parts(when_false)),
            TemplatePart::For { key_name, value_name, collection, body, .. } => self
                .expression(collection)
                .or_else(|| self.knowing(key_name.as_ref(), value_name, |search| search.parts(body))),
        })
    }

    fn knowing(
        &mut self,
        key: Option<&Ident>,
        value: &Ident,
        search: impl FnOnce(&mut Self) -> Option<Mention>,
    ) -> Option<Mention> {
        let count = self.known.len();
        self.known.extend(key.into_iter().chain([value]).map(|name| name.text.clone()));
        let found = search(self);
        self.known.truncate(count);
        found
    }
}
