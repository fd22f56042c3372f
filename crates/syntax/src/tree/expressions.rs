//! Expressions of the typed tree from their parts.

use std::sync::Arc;

use plumb_source::Span;

use super::pieces::{Loop, Piece, Pieces};
use super::{Source, templates};
use crate::SyntaxKind as K;
use crate::ast::{BinaryOperator, Call, Expr, ExprKind, For, ObjectItem, ObjectKey, Step, UnaryOperator};

pub(super) fn assemble<'t>(
    source: Source<'t>,
    kind: K,
    span: Span,
    pieces: &mut Pieces<'_, 't>,
) -> Option<Piece<'t>> {
    let kind = match kind {
        K::AttributeStep | K::LegacyIndexStep | K::IndexStep | K::AttributeSplatStep | K::FullSplatStep => {
            return step(source, kind, span, pieces).map(Piece::Step);
        }
        K::ObjectItem => return Some(Piece::Item(Box::new(object_item(pieces)))),
        K::CallName => return Some(call_name(source, span, pieces)),
        K::ForIntroduction => return templates::loop_names(source, span, pieces),
        K::ForKey => return Some(Piece::Key(pieces.expression())),
        K::ForCondition => return Some(Piece::Condition(pieces.expression())),
        K::NumberLiteral => ExprKind::Number(Arc::from(source.text(pieces.token(K::Number)?))),
        K::BoolLiteral => ExprKind::Bool(source.text(pieces.token(K::Ident)?) == "true"),
        K::NullLiteral => ExprKind::Null,
        K::Variable => ExprKind::Variable(source.ident(pieces.token(K::Ident)?)),
        K::Template => templates::template(pieces),
        K::Traversal => ExprKind::Traverse { base: Box::new(pieces.expression()), steps: pieces.steps() },
        K::Call => call(source, span, pieces)?,
        K::Tuple => ExprKind::Tuple(pieces.expressions()),
        K::Object => ExprKind::Object(
            pieces
                .filter_map(|piece| if let Piece::Item(item) = piece { Some(*item) } else { None })
                .collect(),
        ),
        K::ForTuple | K::ForObject => for_expression(pieces),
        K::Conditional => ExprKind::Conditional {
            condition: Box::new(pieces.expression()),
            when_true: Box::new(pieces.expression()),
            when_false: Box::new(pieces.expression()),
        },
        K::Binary => binary(source, pieces),
        K::Unary => unary(source, pieces),
        K::Parentheses => ExprKind::Parentheses(Box::new(pieces.expression())),
        _ => return None,
    };
    Some(Piece::Expr(Expr { kind, span }))
}

fn step<'t>(source: Source<'t>, kind: K, span: Span, pieces: &mut Pieces<'_, 't>) -> Option<Step> {
    Some(match kind {
        K::AttributeStep => Step::Attribute { name: source.ident(pieces.token(K::Ident)?), span },
        K::LegacyIndexStep => {
            Step::LegacyIndex { number: Arc::from(source.text(pieces.token(K::Number)?)), span }
        }
        K::IndexStep => Step::Index { key: Box::new(pieces.expression()), span },
        K::AttributeSplatStep => Step::AttributeSplat { steps: pieces.steps(), span },
        _ => Step::FullSplat { steps: pieces.steps(), span },
    })
}

fn object_item(pieces: &mut Pieces<'_, '_>) -> ObjectItem {
    let key = pieces.expression();
    let key = match key.kind {
        ExprKind::Variable(name) => ObjectKey::Name(name),
        kind => ObjectKey::Expr(Expr { kind, span: key.span }),
    };
    ObjectItem { key, value: pieces.expression() }
}

fn call_name<'t>(source: Source<'t>, span: Span, pieces: &mut Pieces<'_, 't>) -> Piece<'t> {
    let mut parts = Vec::with_capacity(1);
    while let Some(token) = pieces.token(K::Ident) {
        parts.push(source.ident(token));
    }
    Piece::CallName(parts, span)
}

fn call<'t>(source: Source<'t>, span: Span, pieces: &mut Pieces<'_, 't>) -> Option<ExprKind> {
    let Some(Piece::CallName(name, name_span)) = pieces.next() else { return None };
    let mut call =
        Call { name, arguments: Vec::new(), expand_final: false, name_span, close_span: span.end_point() };
    for piece in pieces {
        match piece {
            Piece::Expr(argument) => call.arguments.push(argument),
            Piece::Token(K::Ellipsis, _) => call.expand_final = true,
            Piece::Token(_, close) => call.close_span = source.span(close),
            _ => {}
        }
    }
    Some(ExprKind::Call(call))
}

fn for_expression(pieces: &mut Pieces<'_, '_>) -> ExprKind {
    let Some(Piece::Loop(head)) = pieces.next() else { return ExprKind::Invalid };
    let Loop { key_name, value_name, collection, span } = *head;
    let (mut key, mut value, mut condition, mut group) = (None, None, None, false);
    for piece in pieces {
        match piece {
            Piece::Key(expression) => key = Some(expression),
            Piece::Expr(expression) => value = Some(expression),
            Piece::Condition(expression) => condition = Some(expression),
            Piece::Token(K::Ellipsis, _) => group = true,
            _ => {}
        }
    }
    let Some(value) = value else { return ExprKind::Invalid };
    ExprKind::For(Box::new(For {
        key_name,
        value_name,
        collection,
        key,
        value,
        condition,
        group,
        introduction: span,
    }))
}

fn binary(source: Source<'_>, pieces: &mut Pieces<'_, '_>) -> ExprKind {
    let left = pieces.expression();
    let Some(Piece::Token(kind, token)) = pieces.next() else { return ExprKind::Invalid };
    let operator = match kind {
        K::OrOr => BinaryOperator::Or,
        K::AndAnd => BinaryOperator::And,
        K::EqualEqual => BinaryOperator::Equal,
        K::BangEqual => BinaryOperator::NotEqual,
        K::Greater => BinaryOperator::Greater,
        K::GreaterEqual => BinaryOperator::GreaterOrEqual,
        K::Less => BinaryOperator::Less,
        K::LessEqual => BinaryOperator::LessOrEqual,
        K::Plus => BinaryOperator::Add,
        K::Minus => BinaryOperator::Subtract,
        K::Star => BinaryOperator::Multiply,
        K::Slash => BinaryOperator::Divide,
        K::Percent => BinaryOperator::Modulo,
        _ => return ExprKind::Invalid,
    };
    ExprKind::Binary {
        operator,
        operator_span: source.span(token),
        left: Box::new(left),
        right: Box::new(pieces.expression()),
    }
}

fn unary(source: Source<'_>, pieces: &mut Pieces<'_, '_>) -> ExprKind {
    let Some(Piece::Token(_, token)) = pieces.next() else { return ExprKind::Invalid };
    let operator = if source.text(token) == "!" { UnaryOperator::Not } else { UnaryOperator::Negate };
    ExprKind::Unary { operator, operand: Box::new(pieces.expression()) }
}
