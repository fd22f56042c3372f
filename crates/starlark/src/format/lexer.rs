//! The words of a text, each as it is written, and where its lines end.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// A text, with its quotes and what stands before them.
    Text,
    /// A comment, without the end of its line.
    Comment,
    /// An operator, a bracket, a comma.
    Sign,
    /// The end of a line.
    Newline,
    /// The end of a line that goes on in the next one, for a backslash stands there.
    Continuation,
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// How many letters stand before it in its line.
    pub(super) column: usize,
}

impl Token {
    pub(super) fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.kind != Kind::Comment && self.text == text
    }
}

/// Signs of more than one letter, the longest first.
const SIGNS: [&str; 23] = [
    "//=", "<<=", ">>=", "...", "->", "**", "//", "<<", ">>", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=", "\\\n", "\\",
];

/// All tokens of a text; none where it has something in it that is no token.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let (mut at, mut line_start) = (0, 0);
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = match letter {
            ' ' | '\t' | '\r' => {
                at += 1;
                continue;
            }
            '\n' => (Kind::Newline, 1),
            '#' => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
            _ => word(rest)?,
        };
        let written = &rest[..length];
        tokens.push(Token { kind, text: written.to_owned(), column: at - line_start });
        at += length;
        if let Some(newline) = written.rfind('\n') {
            line_start = at - length + newline + 1;
        }
    }
    Some(tokens)
}

fn word(rest: &str) -> Option<(Kind, usize)> {
    let prefix = rest.bytes().take_while(|byte| matches!(byte, b'r' | b'b' | b'f')).count();
    if prefix <= 2 && rest[prefix..].starts_with(['"', '\'']) {
        return Some((Kind::Text, prefix + text_length(&rest[prefix..], rest[..prefix].contains('f'))?));
    }
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = rest.as_bytes()[0];
    let is_number =
        first.is_ascii_digit() || (first == b'.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()));
    if is_number {
        return Some((Kind::Word, number_length(rest)));
    }
    if is_word(first) {
        return Some((Kind::Word, rest.bytes().take_while(|byte| is_word(*byte)).count()));
    }
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        let kind = if *sign == "\\\n" { Kind::Continuation } else { Kind::Sign };
        return (*sign != "\\").then_some((kind, sign.len()));
    }
    first.is_ascii_punctuation().then_some((Kind::Sign, 1))
}

fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_hexadecimal = rest.starts_with("0x") || rest.starts_with("0X");
    let mut length = 0;
    while let Some(&byte) = bytes.get(length) {
        let is_exponent_sign = matches!(byte, b'+' | b'-')
            && !is_hexadecimal
            && matches!(bytes[length.saturating_sub(1)], b'e' | b'E');
        if !(byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || is_exponent_sign) {
            break;
        }
        length += 1;
    }
    length
}

/// How long a text is, with its quotes.
fn text_length(rest: &str, has_expressions: bool) -> Option<usize> {
    let quote = &rest[..1];
    let triple = quote.repeat(3);
    let end = if rest.starts_with(&triple) { triple.as_str() } else { quote };
    let mut at = end.len();
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with(end) {
            return Some(at + end.len());
        }
        if here.starts_with('\n') && end.len() == 1 {
            return None;
        }
        if has_expressions && here.starts_with('{') && !here.starts_with("{{") {
            at += expression_length(here)?;
            continue;
        }
        let letters =
            if here.starts_with('\\') || (has_expressions && here.starts_with("{{")) { 2 } else { 1 };
        at += here.chars().take(letters).map(char::len_utf8).sum::<usize>();
    }
    None
}

/// How long an expression within a text is, with its braces.
fn expression_length(rest: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0);
    while let Some(letter) = rest[at..].chars().next() {
        match letter {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            '"' | '\'' => {
                at += text_length(&rest[at..], false)?;
                continue;
            }
            _ => {}
        }
        at += letter.len_utf8();
        if depth == 0 {
            return Some(at);
        }
    }
    None
}
