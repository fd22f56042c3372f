//! Going through the tree of an expression, knowing which names it binds itself.
//!
//! With a list of its own, so that no row of operators is too long for it.

use std::sync::Arc;

use plumb_source::Span;
use plumb_syntax::ast::{Expr, ExprKind, Ident, ObjectKey, Step, TemplatePart};

enum Piece<'a> {
    Expression(&'a Expr),
    Parts(&'a [TemplatePart]),
}

/// Names bound around a piece, as a chain from the innermost outwards.
type Scope = Option<usize>;

struct Walk<'a> {
    pending: Vec<(Piece<'a>, Scope)>,
    scopes: Vec<(Arc<str>, Scope)>,
}

impl<'a> Walk<'a> {
    fn bind(&mut self, names: impl IntoIterator<Item = &'a Arc<str>>, outer: Scope) -> Scope {
        names.into_iter().fold(outer, |scope, name| {
            self.scopes.push((name.clone(), scope));
            Some(self.scopes.len() - 1)
        })
    }

    fn is_bound(&self, name: &str, mut scope: Scope) -> bool {
        while let Some((bound, outer)) = scope.and_then(|at| self.scopes.get(at)) {
            if **bound == *name {
                return true;
            }
            scope = *outer;
        }
        false
    }

    fn add(&mut self, expression: &'a Expr, scope: Scope) {
        self.pending.push((Piece::Expression(expression), scope));
    }

    fn add_steps(&mut self, steps: &'a [Step], scope: Scope) {
        for step in steps {
            match step {
                Step::Index { key, .. } => self.add(key, scope),
                Step::AttributeSplat { steps, .. } | Step::FullSplat { steps, .. } => {
                    self.add_steps(steps, scope);
                }
                Step::Attribute { .. } | Step::LegacyIndex { .. } => {}
            }
        }
    }

    fn add_parts(&mut self, parts: &'a [TemplatePart], scope: Scope) {
        for part in parts {
            match part {
                TemplatePart::Literal { .. } => {}
                TemplatePart::Interpolation(inner) => self.add(inner, scope),
                TemplatePart::If { condition, when_true, when_false, .. } => {
                    self.add(condition, scope);
                    self.pending.push((Piece::Parts(when_true), scope));
                    self.pending.push((Piece::Parts(when_false), scope));
                }
                TemplatePart::For { key_name, value_name, collection, body, .. } => {
                    self.add(collection, scope);
                    let names = key_name.iter().chain([value_name]).map(|name| &name.text);
                    let inner = self.bind(names, scope);
                    self.pending.push((Piece::Parts(body), inner));
                }
            }
        }
    }

    fn add_inside(&mut self, expression: &'a Expr, scope: Scope) {
        match &expression.kind {
            ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Variable(_)
            | ExprKind::Invalid => {}
            ExprKind::Template(parts) => self.add_parts(parts, scope),
            ExprKind::TemplateWrap(inner) | ExprKind::Parentheses(inner) => self.add(inner, scope),
            ExprKind::Traverse { base, steps } => {
                self.add(base, scope);
                self.add_steps(steps, scope);
            }
            ExprKind::Call(call) => call.arguments.iter().for_each(|argument| self.add(argument, scope)),
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.add(item, scope)),
            ExprKind::Object(items) => {
                for item in items {
                    if let ObjectKey::Expr(key) = &item.key {
                        self.add(key, scope);
                    }
                    self.add(&item.value, scope);
                }
            }
            ExprKind::For(walk) => {
                self.add(&walk.collection, scope);
                let names = walk.key_name.iter().chain([&walk.value_name]).map(|name| &name.text);
                let inner = self.bind(names, scope);
                for part in
                    [walk.key.as_ref(), Some(&walk.value), walk.condition.as_ref()].into_iter().flatten()
                {
                    self.add(part, inner);
                }
            }
            ExprKind::Conditional { condition, when_true, when_false } => {
                for part in [condition, when_true, when_false] {
                    self.add(part, scope);
                }
            }
            ExprKind::Binary { left, right, .. } => {
                self.add(left, scope);
                self.add(right, scope);
            }
            ExprKind::Unary { operand, .. } => self.add(operand, scope),
        }
    }
}

/// Looks at an expression and everything in it, in no particular order. `look` is told whether a
/// name is bound around the piece.
pub(crate) fn walk<'a>(root: &'a Expr, look: &mut dyn FnMut(&'a Expr, &dyn Fn(&str) -> bool)) {
    let mut state = Walk { pending: vec![(Piece::Expression(root), None)], scopes: Vec::new() };
    while let Some((piece, scope)) = state.pending.pop() {
        match piece {
            Piece::Parts(parts) => state.add_parts(parts, scope),
            Piece::Expression(expression) => {
                look(expression, &|name| state.is_bound(name, scope));
                state.add_inside(expression, scope);
            }
        }
    }
}

/// The first name that the expression does not bind itself.
pub(crate) fn first_variable(root: &Expr) -> Option<&Ident> {
    let mut first: Option<&Ident> = None;
    walk(root, &mut |expression, is_bound| {
        if let ExprKind::Variable(name) = &expression.kind
            && !is_bound(&name.text)
            && first.is_none_or(|first| expression.span.start < first.span.start)
        {
            first = Some(name);
        }
    });
    first
}

/// Where the first function is called.
pub(crate) fn first_call(root: &Expr) -> Option<Span> {
    let mut first: Option<Span> = None;
    walk(root, &mut |expression, _| {
        if matches!(expression.kind, ExprKind::Call(_))
            && first.is_none_or(|span| expression.span.start < span.start)
        {
            first = Some(expression.span);
        }
    });
    first
}

#[cfg(test)]
mod tests {
    use plumb_source::FileId;

    use super::*;

    #[track_caller]
    fn check(text: &str, variable: Option<u32>, call: Option<u32>) {
        let (expression, diagnostics) = plumb_syntax::parse_expression(text, FileId(0));
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        assert_eq!(first_variable(&expression).map(|name| name.span.start), variable, "{text}");
        assert_eq!(first_call(&expression).map(|span| span.start), call, "{text}");
    }

    #[test]
    fn names_and_calls_are_found() {
        check("1 + 2", None, None);
        check("[for x in [1] : x]", None, None);
        check("[for x in y : x]", Some(10), None);
        check("{for k, v in {} : k => [v, z]}", Some(27), None);
        check("\"%{for a in [1]}${a}${b}%{endfor}\"", Some(22), None);
        check("{ a = f(1), (b) = 2 }", Some(13), Some(6));
        check("[1][c]", Some(4), None);
        check("{ a = 1 }", None, None);
        check("x.y[*].z[f()]", Some(0), Some(9));
    }

    #[test]
    fn a_long_row_of_operators_is_no_trouble() {
        let text = vec!["1"; 100_000].join(" + ");
        let (expression, _) = plumb_syntax::parse_expression(&text, FileId(0));
        assert!(first_variable(&expression).is_none());
    }
}
