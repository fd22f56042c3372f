//! Whether a blank stands between two tokens on a line.

use super::Piece;
use crate::SyntaxKind as K;

/// How many more brackets are open behind the token than before it.
pub(super) fn bracket_change(kind: K) -> i32 {
    match kind {
        K::LeftBrace | K::LeftBracket | K::LeftParenthesis | K::OpenInterpolation | K::OpenDirective => 1,
        K::RightBrace | K::RightBracket | K::RightParenthesis | K::CloseSequence => -1,
        _ => 0,
    }
}

/// Whether a blank stands between `left` and `right`, with `before` in front of them.
///
/// The order of the rules matters: the first that has an opinion decides.
pub(super) fn blank_between(before: Option<K>, left: &Piece<'_>, right: K) -> bool {
    name_or_list(left.kind, right)
        .or_else(|| template_text(left.kind, right))
        .or_else(|| operator(before, left, right))
        .unwrap_or_else(|| bracket(left.kind, right))
}

/// Names with what belongs to them, and commas.
fn name_or_list(left: K, right: K) -> Option<bool> {
    match (left, right) {
        (_, K::Newline) => Some(false),
        (K::Ident, K::LeftParenthesis | K::DoubleColon) | (K::DoubleColon, K::Ident) => Some(false),
        (K::Dot, _) | (_, K::Dot | K::Comma | K::Ellipsis) => Some(false),
        (K::Comma, _) => Some(true),
        _ => None,
    }
}

/// Blanks in templates are text, so none may be added.
fn template_text(left: K, right: K) -> Option<bool> {
    let touches_text = matches!(left, K::QuotedText | K::TemplateText | K::OpenQuote | K::OpenHeredoc)
        || matches!(right, K::QuotedText | K::TemplateText | K::CloseQuote | K::CloseHeredoc);
    touches_text.then_some(false)
}

fn operator(before: Option<K>, left: &Piece<'_>, right: K) -> Option<bool> {
    // "for x in [...]" is no index of a thing called "in".
    if left.kind == K::Ident && left.text == "in" && before == Some(K::Ident) {
        return Some(true);
    }
    let indexable = matches!(left.kind, K::Ident | K::Number) || bracket_change(left.kind) < 0;
    match (left.kind, right) {
        (_, K::LeftBracket) if indexable => Some(false),
        (K::Bang, _) => Some(false),
        (K::Minus, _) => Some(!is_sign_behind(before)),
        _ => None,
    }
}

/// Whether a minus behind such a token is the sign of a number rather than a subtraction. What is
/// not in the list the peer takes for the end of a value, even an arrow.
fn is_sign_behind(before: Option<K>) -> bool {
    before.is_none_or(|before| {
        matches!(
            before,
            K::LeftParenthesis
                | K::LeftBrace
                | K::LeftBracket
                | K::Equals
                | K::Colon
                | K::Comma
                | K::Question
                | K::Plus
                | K::Star
                | K::Slash
                | K::Percent
                | K::Minus
                | K::EqualEqual
                | K::BangEqual
                | K::Greater
                | K::GreaterEqual
                | K::Less
                | K::LessEqual
                | K::AndAnd
                | K::OrOr
                | K::Bang
        )
    })
}

/// Braces have blanks inside them, other brackets have none.
fn bracket(left: K, right: K) -> bool {
    match (left, right) {
        (K::LeftBrace, K::RightBrace) => false,
        (K::LeftBrace, _) | (_, K::RightBrace) => true,
        (K::OpenInterpolation | K::OpenDirective, K::LeftBrace) => true,
        (K::RightBrace, K::CloseSequence) => true,
        (K::CloseSequence, K::OpenInterpolation | K::OpenDirective) => false,
        _ => bracket_change(left) <= 0 && bracket_change(right) >= 0,
    }
}
