//! Templates of the typed tree from their parts.

use std::borrow::Cow;
use std::sync::Arc;

use plumb_source::Span;

use super::Source;
use super::pieces::{Loop, Piece, Pieces};
use crate::SyntaxKind as K;
use crate::ast::{ExprKind, TemplatePart};
use crate::characters::normal_form;

/// A whole template.
pub(super) fn template(pieces: &mut Pieces<'_, '_>) -> ExprKind {
    let pieces: Vec<_> = pieces.collect();
    // An interpolation alone, without even empty text, is not a string but whatever it yields.
    if let [Piece::Part(part)] = &pieces[..]
        && matches!(**part, TemplatePart::Interpolation(_))
    {
        let inner = pieces.into_iter().find_map(|piece| match piece {
            Piece::Part(part) => match *part {
                TemplatePart::Interpolation(inner) => Some(inner),
                _ => None,
            },
            _ => None,
        });
        return inner.map_or(ExprKind::Invalid, |inner| ExprKind::TemplateWrap(Box::new(inner)));
    }
    ExprKind::Template(parts(pieces.into_iter()))
}

/// An interpolation, a directive with all that belongs to it, or the head of a loop.
pub(super) fn part<'t>(
    source: Source<'t>,
    kind: K,
    span: Span,
    pieces: &mut Pieces<'_, 't>,
) -> Option<Piece<'t>> {
    let part = match kind {
        K::Interpolation => TemplatePart::Interpolation(pieces.expression()),
        K::TemplateIf => {
            let condition = pieces.expression();
            let when_true = parts(pieces.take_while(|piece| !matches!(piece, Piece::Else)));
            TemplatePart::If { condition, when_true, when_false: parts(pieces), span }
        }
        K::TemplateFor => {
            let Some(Piece::Loop(head)) = pieces.next() else { return None };
            let Loop { key_name, value_name, collection, .. } = *head;
            TemplatePart::For { key_name, value_name, collection, body: parts(pieces), span }
        }
        _ => return loop_names(source, span, pieces),
    };
    Some(Piece::Part(Box::new(part)))
}

/// `for k, v in collection`.
pub(super) fn loop_names<'t>(
    source: Source<'t>,
    span: Span,
    pieces: &mut Pieces<'_, 't>,
) -> Option<Piece<'t>> {
    let mut words = Vec::with_capacity(4);
    while let Some(token) = pieces.token(K::Ident) {
        words.push(token);
    }
    let (key_name, value_name) = match words[..] {
        [_for, value, _in] => (None, source.ident(value)),
        [_for, key, value, _in] => (Some(source.ident(key)), source.ident(value)),
        // Not all of it is there.
        _ => return None,
    };
    let collection = pieces.expression();
    Some(Piece::Loop(Box::new(Loop { key_name, value_name, collection, span })))
}

/// Parts in order, with texts that stand side by side made one.
fn parts<'t>(pieces: impl Iterator<Item = Piece<'t>>) -> Vec<TemplatePart> {
    let mut parts = Vec::new();
    let mut literal: Option<(Cow<'t, str>, Span)> = None;
    for piece in pieces {
        match piece {
            Piece::Text(text, span) => match &mut literal {
                Some((before, before_span)) => {
                    before.to_mut().push_str(&text);
                    *before_span = before_span.to(span);
                }
                None => literal = Some((text, span)),
            },
            Piece::Part(part) => {
                parts.extend(literal.take().and_then(finished));
                parts.push(*part);
            }
            _ => {}
        }
    }
    parts.extend(literal.and_then(finished));
    parts
}

fn finished((text, span): (Cow<'_, str>, Span)) -> Option<TemplatePart> {
    if text.is_empty() {
        return None;
    }
    Some(TemplatePart::Literal { text: Arc::from(&*normal_form(text)), span })
}
