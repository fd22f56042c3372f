//! Known values written as expressions, for outputs that stand for those of a module.

use plumb_source::Span;
use plumb_syntax::ast::{Expr, ExprKind, Ident, ObjectItem, ObjectKey, TemplatePart, UnaryOperator};
use plumb_value::{Kind, Value};

/// An expression whose value is this one, collections as tuples and objects; of what is not known one
/// that nobody knows the value of.
pub(crate) fn expression(value: &Value, span: Span) -> Expr {
    let kind = match value.kind() {
        Kind::Null(_) => ExprKind::Null,
        Kind::Unknown(..) => ExprKind::Invalid,
        Kind::Bool(value) => ExprKind::Bool(*value),
        Kind::Number(number) => {
            let text = number.to_string();
            match text.strip_prefix('-') {
                None => ExprKind::Number(text.into()),
                Some(digits) => ExprKind::Unary {
                    operator: UnaryOperator::Negate,
                    operand: Box::new(Expr { kind: ExprKind::Number(digits.into()), span }),
                },
            }
        }
        Kind::String(text) if text.is_empty() => ExprKind::Template(Vec::new()),
        Kind::String(text) => ExprKind::Template(vec![TemplatePart::Literal { text: text.clone(), span }]),
        Kind::List(..) | Kind::Set(..) | Kind::Tuple(..) => {
            let parts = value.as_sequence().unwrap_or_default();
            ExprKind::Tuple(parts.iter().map(|part| expression(part, span)).collect())
        }
        Kind::Map(..) | Kind::Object(..) => {
            let entries = value.entries().unwrap_or_default();
            ExprKind::Object(
                entries
                    .into_iter()
                    .map(|(name, part)| ObjectItem {
                        key: ObjectKey::Name(Ident { text: name.clone(), span }),
                        value: expression(part, span),
                    })
                    .collect(),
            )
        }
    };
    Expr { kind, span }
}
