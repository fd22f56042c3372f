//! Shapes of expressions that mean something without being evaluated.

use crate::ast::{Expr, ExprKind, Ident, Step, TemplatePart};

impl Expr {
    /// The name, where the expression is nothing but one.
    pub fn as_name(&self) -> Option<&Ident> {
        match &self.kind {
            ExprKind::Variable(name) => Some(name),
            _ => None,
        }
    }

    /// The name that it starts with and the steps from there, where it is a reference.
    pub fn as_reference(&self) -> Option<(&Ident, &[Step])> {
        match &self.kind {
            ExprKind::Variable(name) => Some((name, &[])),
            ExprKind::Traverse { base, steps } => Some((base.as_name()?, steps)),
            _ => None,
        }
    }

    /// The text, where the expression is a string without anything to evaluate in it.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Template(parts) => match &parts[..] {
                [] => Some(""),
                [TemplatePart::Literal { text, .. }] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}
