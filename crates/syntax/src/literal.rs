//! What literals mean: escapes in template text, and which digits are a number.

use std::borrow::Cow;
use std::ops::Range;

use crate::error::SyntaxError;

/// Whether a number token is one number, such as `12`, `0.5` and `1.e-7`, unlike `1.2.3`.
pub(crate) fn is_number(token: &str) -> bool {
    let (mantissa, exponent) = match token.find(['e', 'E']) {
        Some(at) => (&token[..at], Some(&token[at + 1..])),
        None => (token, None),
    };
    let plain_exponent = exponent.is_none_or(|exponent| {
        // What is larger cannot be held as a number by the peer either. A plus sign may be there.
        exponent.parse::<i32>().is_ok()
    });
    plain_exponent && mantissa.bytes().filter(|byte| *byte == b'.').count() <= 1
}

/// Reports every escape in the text of a quoted string that means nothing.
pub(crate) fn check_escapes(text: &str, range: &Range<u32>, errors: &mut Vec<SyntaxError>) {
    let token = &text[range.start as usize..range.end as usize];
    let mut from = 0;
    while let Some(at) = token[from..].find('\\').map(|at| at + from) {
        let (result, length) = escape(&token[at..]);
        if let Err(detail) = result {
            let start = range.start + at as u32;
            errors.push(SyntaxError::new("Invalid escape sequence", detail, start..start + length as u32));
        }
        from = at + length;
    }
}

/// What a piece of template text stands for. Invalid escapes stay as they are.
pub(crate) fn unescape(token: &str, quoted: bool) -> Cow<'_, str> {
    if token.starts_with("$${") || token.starts_with("%%{") {
        return Cow::Borrowed(&token[1..]);
    }
    if !quoted || !token.contains('\\') {
        return Cow::Borrowed(token);
    }
    let mut out = String::with_capacity(token.len());
    let mut rest = token;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (result, length) = escape(&rest[at..]);
        match result {
            Ok(character) => out.push(character),
            Err(_) => out.push_str(&rest[at..at + length]),
        }
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that the escape at the start of the text stands for, or what is wrong with it; and
/// its length.
fn escape(text: &str) -> (Result<char, Cow<'static, str>>, usize) {
    let Some(selector) = text[1..].chars().next() else {
        return (
            Err("A backslash must be followed by what it escapes. For a plain backslash write \\\\.".into()),
            1,
        );
    };
    let length = 1 + selector.len_utf8();
    let simple = match selector {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '"' => '"',
        '\\' => '\\',
        'u' => return unicode_escape(text, 4),
        'U' => return unicode_escape(text, 8),
        '$' | '%' => {
            let detail = format!(
                "\"\\{selector}\" is not an escape sequence. To write \"{selector}{{\" as plain text, double the \
                 sign: \"{selector}{selector}{{\"."
            );
            return (Err(detail.into()), length);
        }
        _ => {
            let detail = format!(
                "\"\\{selector}\" is not an escape sequence. There are \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \
                 \\UNNNNNNNN. For a plain backslash write \\\\."
            );
            return (Err(detail.into()), length);
        }
    };
    (Ok(simple), length)
}

fn unicode_escape(text: &str, digits: usize) -> (Result<char, Cow<'static, str>>, usize) {
    let given = text[2..].bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
    let length = 2 + given;
    if given < digits {
        let detail = format!(
            "\"{}\" must be followed by {} hexadecimal digits; zeros in front fill it up.",
            &text[..2],
            if digits == 4 { "four" } else { "eight" }
        );
        return (Err(detail.into()), length);
    }
    let character = u32::from_str_radix(&text[2..length], 16).ok().and_then(char::from_u32);
    let result = character.ok_or_else(|| {
        Cow::Owned(format!(
            "\"{}\" stands for no character. Characters above U+FFFF are written with \\U and eight digits, \
             not as a pair of surrogates.",
            &text[..length]
        ))
    });
    (result, length)
}
