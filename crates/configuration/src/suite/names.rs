//! What expressions of test files pick out of the names that only those know.

use std::sync::Arc;

use plumb_expression::Expression;
use plumb_source::Span;
use plumb_syntax::ast::{ExprKind, Step};

use crate::reader::literal_text;
use crate::walk::walk;

/// Names that an expression picks out of an object: `b` of `a.b` and `a["b"]`, each with its place, in
/// the order of the source.
pub fn picked(expression: &Expression, object: &str) -> Vec<(Arc<str>, Span)> {
    let mut found = Vec::new();
    walk(expression.syntax(), &mut |expression, is_bound| {
        let ExprKind::Traverse { base, steps } = &expression.kind else { return };
        let ExprKind::Variable(first) = &base.kind else { return };
        if &*first.text != object || is_bound(object) {
            return;
        }
        found.extend(match steps.first() {
            Some(Step::Attribute { name, .. }) => Some((name.text.clone(), first.span.to(name.span))),
            Some(Step::Index { key, .. }) => literal_text(key).map(|text| (text, first.span.to(key.span))),
            _ => None,
        });
    });
    found.sort_by_key(|(_, span)| (span.start, span.end));
    found
}
