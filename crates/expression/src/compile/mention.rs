//! Looking through a syntax tree for names, and writing short pieces of it for messages.

use std::sync::Arc;

use plumb_source::Span;
use plumb_syntax::ast::{Expr, ExprKind, ObjectKey, Step, TemplatePart};

use super::subject::literal_key;

/// Whether any of these names occurs as a variable. A name that the tree itself binds counts as
/// well: saying yes too often only costs speed.
pub(crate) fn mentions(expr: &Expr, is_bound: &dyn Fn(&str) -> bool) -> bool {
    let mut found = false;
    let mut pending = vec![expr];
    while let Some(expr) = pending.pop() {
        if let ExprKind::Variable(name) = &expr.kind {
            found |= is_bound(&name.text);
        }
        push_children(expr, &mut pending);
    }
    found
}

/// The first variable that is neither among the names nor bound by the tree itself.
pub(crate) fn first_unbound(expr: &Expr, names: &[Arc<str>]) -> Option<(Arc<str>, Span)> {
    let mut bound: Vec<Arc<str>> = names.to_vec();
    unbound(expr, &mut bound)
}

fn unbound(expr: &Expr, bound: &mut Vec<Arc<str>>) -> Option<(Arc<str>, Span)> {
    match &expr.kind {
        ExprKind::Variable(name) => (!bound.contains(&name.text)).then(|| (name.text.clone(), name.span)),
        ExprKind::For(walk) => unbound(&walk.collection, bound).or_else(|| {
            let before = bound.len();
            bound.extend(walk.key_name.as_ref().map(|name| name.text.clone()));
            bound.push(walk.value_name.text.clone());
            let inside = [walk.key.as_ref(), Some(&walk.value), walk.condition.as_ref()];
            let found = inside.into_iter().flatten().find_map(|expr| unbound(expr, bound));
            bound.truncate(before);
            found
        }),
        ExprKind::Template(parts) => unbound_parts(parts, bound),
        _ => {
            let mut children = Vec::new();
            push_children(expr, &mut children);
            children.into_iter().find_map(|child| unbound(child, bound))
        }
    }
}

fn unbound_parts(parts: &[TemplatePart], bound: &mut Vec<Arc<str>>) -> Option<(Arc<str>, Span)> {
    parts.iter().find_map(|part| match part {
        TemplatePart::Literal { .. } => None,
        TemplatePart::Interpolation(expr) => unbound(expr, bound),
        TemplatePart::If { condition, when_true, when_false, .. } => unbound(condition, bound)
            .or_else(|| unbound_parts(when_true, bound))
            .or_else(|| unbound_parts(when_false, bound)),
        TemplatePart::For { key_name, value_name, collection, body, .. } => unbound(collection, bound)
            .or_else(|| {
                let before = bound.len();
                bound.extend(key_name.as_ref().map(|name| name.text.clone()));
                bound.push(value_name.text.clone());
                let found = unbound_parts(body, bound);
                bound.truncate(before);
                found
            }),
    })
}

fn push_children<'a>(expr: &'a Expr, pending: &mut Vec<&'a Expr>) {
    match &expr.kind {
        ExprKind::Number(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Variable(_)
        | ExprKind::Invalid => {}
        ExprKind::Template(parts) => push_parts(parts, pending),
        ExprKind::TemplateWrap(inner) | ExprKind::Parentheses(inner) => pending.push(inner),
        ExprKind::Traverse { base, steps } => {
            pending.push(base);
            push_keys(steps, pending);
        }
        ExprKind::Call(call) => pending.extend(&call.arguments),
        ExprKind::Tuple(items) => pending.extend(items),
        ExprKind::Object(items) => {
            for item in items {
                if let ObjectKey::Expr(key) = &item.key {
                    pending.push(key);
                }
                pending.push(&item.value);
            }
        }
        ExprKind::For(walk) => {
            pending.extend([&walk.collection, &walk.value]);
            pending.extend(&walk.key);
            pending.extend(&walk.condition);
        }
        ExprKind::Conditional { condition, when_true, when_false } => {
            pending.extend([&**condition, &**when_true, &**when_false]);
        }
        ExprKind::Binary { left, right, .. } => pending.extend([&**left, &**right]),
        ExprKind::Unary { operand, .. } => pending.push(operand),
    }
}

fn push_keys<'a>(steps: &'a [Step], pending: &mut Vec<&'a Expr>) {
    for step in steps {
        match step {
            Step::Index { key, .. } => pending.push(key),
            Step::AttributeSplat { steps, .. } | Step::FullSplat { steps, .. } => push_keys(steps, pending),
            Step::Attribute { .. } | Step::LegacyIndex { .. } => {}
        }
    }
}

fn push_parts<'a>(parts: &'a [TemplatePart], pending: &mut Vec<&'a Expr>) {
    for part in parts {
        match part {
            TemplatePart::Literal { .. } => {}
            TemplatePart::Interpolation(expr) => pending.push(expr),
            TemplatePart::If { condition, when_true, when_false, .. } => {
                pending.push(condition);
                push_parts(when_true, pending);
                push_parts(when_false, pending);
            }
            TemplatePart::For { collection, body, .. } => {
                pending.push(collection);
                push_parts(body, pending);
            }
        }
    }
}

/// The expression as its author may have written it, if it is a reference or a literal.
pub(crate) fn brief(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(name.text.to_string()),
        ExprKind::Traverse { base, steps } => {
            let mut text = brief(base)?;
            for step in steps {
                text.push_str(&brief_step(step)?);
            }
            Some(text)
        }
        _ => literal_key(expr).map(|key| crate::describe::key_text(&key)),
    }
}

fn brief_step(step: &Step) -> Option<String> {
    match step {
        Step::Attribute { name, .. } => Some(format!(".{}", name.text)),
        Step::LegacyIndex { number, .. } => Some(format!("[{number}]")),
        Step::Index { key, .. } => brief(key).map(|key| format!("[{key}]")),
        Step::AttributeSplat { .. } | Step::FullSplat { .. } => None,
    }
}
