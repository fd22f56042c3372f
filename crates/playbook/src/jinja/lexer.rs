//! The words of an expression.

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Number(String),
    Sign(&'static str),
}

/// What follows one another nests, and what is nested deeply cannot be walked.
const TOKENS_MAX: usize = 2000;

/// Longer ones first.
const SIGNS: [&str; 25] = [
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "(", ")", "[", "]", "{", "}",
    ",", ":", ".", "|", "=",
];

/// The words of an expression, or why there are none.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first == '"' || first == '\'' {
            quoted(rest, first)?
        } else if first.is_ascii_digit() {
            let length = number_length(rest);
            (Token::Number(rest[..length].replace('_', "")), length)
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|one: char| !(one.is_alphanumeric() || one == '_')).unwrap_or(rest.len());
            (Token::Name(rest[..length].to_owned()), length)
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let sign = sign.ok_or_else(|| format!("`{first}` means nothing in an expression"))?;
            (Token::Sign(sign), sign.len())
        };
        tokens.push(token);
        if tokens.len() > TOKENS_MAX {
            return Err(format!("an expression has more than {TOKENS_MAX} words"));
        }
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// A number, with its fraction if it has one; `1.real` is none.
fn number_length(text: &str) -> usize {
    let digits =
        |text: &str| text.find(|one: char| !(one.is_ascii_digit() || one == '_')).unwrap_or(text.len());
    let whole = digits(text);
    match text[whole..].strip_prefix('.').map(digits) {
        Some(fraction) if fraction > 0 => whole + 1 + fraction,
        _ => whole,
    }
}

fn quoted(text: &str, quote: char) -> Result<(Token, usize), String> {
    let mut out = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, one)) = characters.next() {
        if one == quote {
            return Ok((Token::Text(out), at + 1));
        }
        if one != '\\' {
            out.push(one);
            continue;
        }
        match characters.next() {
            Some((_, 'n')) => out.push('\n'),
            Some((_, 't')) => out.push('\t'),
            Some((_, 'r')) => out.push('\r'),
            Some((_, other @ ('\\' | '"' | '\''))) => out.push(other),
            Some((_, other)) => {
                out.push('\\');
                out.push(other);
            }
            None => break,
        }
    }
    Err("a text in quotes has no end".to_owned())
}
