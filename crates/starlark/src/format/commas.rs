//! Commas behind the last of several things: there is one where what closes them stands in a line of its own, and
//! otherwise none.

use super::lexer::{Kind, Token};

/// A bracket that is open.
struct Open {
    /// Whether what is in it are several things, and not one that is only held together.
    is_list: bool,
    has_comma: bool,
    has_loop: bool,
    /// The last token in it that says something, by its place in what is written.
    last: Option<usize>,
}

impl Open {
    /// Whether there may be another thing behind the last one.
    fn is_several(&self) -> bool {
        (self.is_list || self.has_comma) && !self.has_loop
    }
}

/// The same tokens with the commas that there should be.
pub(super) fn arranged(tokens: Vec<Token>) -> Vec<Token> {
    let mut written: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut open: Vec<Open> = Vec::new();
    let mut last: Option<usize> = None;
    let mut is_behind_newline = false;
    for token in tokens {
        let mut place = written.len();
        match token.kind {
            Kind::Newline | Kind::Comment | Kind::Continuation => {
                is_behind_newline |= token.kind == Kind::Newline;
                written.push(token);
                continue;
            }
            Kind::Sign if matches!(token.text.as_str(), "(" | "[" | "{") => {
                let before = last.map(|at| &written[at]);
                let is_call = before.is_some_and(holds_on);
                open.push(Open {
                    is_list: match token.text.as_str() {
                        "[" => !is_call,
                        "(" => is_call,
                        _ => true,
                    },
                    has_comma: false,
                    has_loop: false,
                    last: None,
                });
            }
            Kind::Sign if matches!(token.text.as_str(), ")" | "]" | "}") => {
                let closed = open.pop();
                if let Some(closed) = closed
                    && let Some(at) = closed.last
                {
                    if is_behind_newline && closed.is_several() && !written[at].is(",") {
                        let column = written[at].column;
                        written.insert(at + 1, Token { kind: Kind::Sign, text: ",".to_owned(), column });
                        place += 1;
                    } else if !is_behind_newline && closed.is_list && written[at].is(",") {
                        written.remove(at);
                        place -= 1;
                    }
                }
                if let Some(around) = open.last_mut() {
                    around.last = Some(place);
                }
            }
            _ => {
                if let Some(around) = open.last_mut() {
                    around.has_comma |= token.is(",");
                    around.has_loop |= token.kind == Kind::Word && token.text == "for";
                    around.last = Some(place);
                }
            }
        }
        last = Some(place);
        is_behind_newline = false;
        written.push(token);
    }
    written
}

/// Whether a bracket behind a token belongs to it, as that of a call does.
pub(super) fn holds_on(token: &Token) -> bool {
    match token.kind {
        Kind::Word => !super::spacing::is_keyword(&token.text),
        Kind::Text => true,
        Kind::Sign => matches!(token.text.as_str(), ")" | "]" | "}"),
        Kind::Comment | Kind::Newline | Kind::Continuation => false,
    }
}
