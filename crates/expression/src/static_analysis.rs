//! Looking at expressions that are not evaluated but say something by their shape: keywords, lists
//! of references, paths to attributes.

use std::sync::Arc;

use plumb_diagnostics::Diagnostic;
use plumb_syntax::ast::{Expr, ExprKind, Step, TemplatePart};
use plumb_value::{Number, Path, PathStep, Value};

use crate::Expression;
use crate::compile::subject::literal_key;

/// The word, where the expression is nothing but one: `all` in `ignore_changes = all`.
pub fn as_keyword(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(&name.text),
        ExprKind::Bool(true) => Some("true"),
        ExprKind::Bool(false) => Some("false"),
        ExprKind::Null => Some("null"),
        _ => None,
    }
}

/// The items, where the expression is a list in brackets.
pub fn as_list(expr: &Expr) -> Option<&[Expr]> {
    match &expr.kind {
        ExprKind::Tuple(items) => Some(items),
        _ => None,
    }
}

/// The way that the expression describes from some object to a part of it: `tags["Name"]`.
///
/// In quotes it is read as well, as the first versions of the language wanted it.
///
/// # Errors
/// The expression is no such path; the message underlines the piece that does not belong there.
pub fn as_path(expr: &Expr) -> Result<Path, Diagnostic> {
    let not_a_path = |span| {
        Diagnostic::error(
            "Invalid expression",
            "Only a path to an attribute can stand here: its name, then dots with names and brackets with literal \
             keys, such as tags[\"Name\"].",
        )
        .at(span)
    };
    match &expr.kind {
        ExprKind::Variable(name) => Ok(Path::root().attribute(name.text.clone())),
        ExprKind::Traverse { base, steps } => {
            let ExprKind::Variable(name) = &base.kind else { return Err(not_a_path(base.span)) };
            let mut path = Path::root().attribute(name.text.clone()).0;
            for step in steps {
                path.push(path_step(step).ok_or_else(|| not_a_path(step.span()))?);
            }
            Ok(Path(path))
        }
        ExprKind::Template(parts) => {
            let [TemplatePart::Literal { text, span }] = parts.as_slice() else {
                return Err(not_a_path(expr.span));
            };
            let (inner, diagnostics) = plumb_syntax::parse_expression(text, span.file);
            // A quoted path within a quoted path is no path.
            if diagnostics.has_errors() || matches!(inner.kind, ExprKind::Template(_)) {
                return Err(not_a_path(expr.span));
            }
            as_path(&inner).map_err(|_| not_a_path(expr.span))
        }
        _ => Err(not_a_path(expr.span)),
    }
}

fn path_step(step: &Step) -> Option<PathStep> {
    match step {
        Step::Attribute { name, .. } => Some(PathStep::Attribute(name.text.clone())),
        Step::Index { key, .. } => literal_key(key).map(PathStep::Index),
        Step::LegacyIndex { number, .. } => {
            Number::parse(number).map(|number| PathStep::Index(Value::number(number)))
        }
        Step::AttributeSplat { .. } | Step::FullSplat { .. } => None,
    }
}

impl Expression {
    /// The word, where the expression is nothing but one.
    pub fn as_keyword(&self) -> Option<&str> {
        as_keyword(self.syntax())
    }

    /// The way that the expression describes from some object to a part of it. See [`as_path`].
    ///
    /// # Errors
    /// The expression is no such path.
    pub fn as_path(syntax: &Expr) -> Result<Path, Diagnostic> {
        as_path(syntax)
    }

    /// What the expression refers to together with the steps that follow, where it is nothing but a
    /// reference with literal steps: for `replace_triggered_by`, `depends_on` and their like.
    pub fn as_reference(&self) -> Option<(&crate::Reference, Path)> {
        let [reference] = self.references() else { return None };
        let ExprKind::Traverse { steps, .. } = &self.syntax().kind else {
            return matches!(self.syntax().kind, ExprKind::Variable(_)).then(|| (reference, Path::root()));
        };
        let end = reference.span.end;
        let path: Option<Vec<PathStep>> =
            steps.iter().filter(|step| step.span().start >= end).map(path_step).collect();
        path.map(|path| (reference, Path(path)))
    }

    /// The names of the attributes of an object expression with its values, where every name is
    /// written plainly.
    pub fn as_object(syntax: &Expr) -> Option<Vec<(Arc<str>, &Expr)>> {
        let ExprKind::Object(items) = &syntax.kind else { return None };
        items
            .iter()
            .map(|item| match &item.key {
                plumb_syntax::ast::ObjectKey::Name(name) => Some((name.text.clone(), &item.value)),
                plumb_syntax::ast::ObjectKey::Expr(key) => {
                    let name = literal_key(key)?.as_text()?.clone();
                    Some((name, &item.value))
                }
            })
            .collect()
    }
}
