//! What stands between two tokens of a line.

use super::commas::holds_on;
use super::lexer::{Kind, Token};

const KEYWORDS: [&str; 17] = [
    "and", "break", "continue", "def", "elif", "else", "for", "if", "in", "lambda", "load", "not", "or",
    "pass", "return", "while", "with",
];

/// Whether a word is one of the language's own.
pub(super) fn is_keyword(word: &str) -> bool {
    // `load` is written like a function that is called.
    word != "load" && KEYWORDS.contains(&word)
}

/// What a token is for, where that cannot be told by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Plain,
    /// It stands before one thing, as in `-1`, and not between two.
    Prefix,
    /// A colon as in `x[1:2]`.
    OfSlice,
}

/// Whether a sign stands before one thing, by what stands before it.
pub(super) fn is_prefix(token: &Token, before: Option<&Token>) -> bool {
    let can_be = matches!(token.text.as_str(), "-" | "+" | "~" | "*" | "**") && token.kind == Kind::Sign;
    can_be && before.is_none_or(|before| !holds_on(before))
}

/// The white space between two tokens of a line.
pub(super) fn between(before: &Token, role: Role, token: &Token) -> &'static str {
    if token.kind == Kind::Comment {
        return "  ";
    }
    if token.kind == Kind::Continuation {
        return " ";
    }
    let is_close = role != Role::Plain
        || opens(before)
        || closes(token)
        || token.is(",")
        || token.is(";")
        || is_dot(before)
        || is_dot(token)
        || token.is(":")
        || (opens(token) && !token.is("{") && holds_on(before));
    if is_close { "" } else { " " }
}

fn is_dot(token: &Token) -> bool {
    token.kind == Kind::Sign && token.text == "."
}

pub(super) fn opens(token: &Token) -> bool {
    token.kind == Kind::Sign && matches!(token.text.as_str(), "(" | "[" | "{")
}

pub(super) fn closes(token: &Token) -> bool {
    token.kind == Kind::Sign && matches!(token.text.as_str(), ")" | "]" | "}")
}
