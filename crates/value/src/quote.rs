//! Texts in quotes, as Go's `%q` writes them (<https://pkg.go.dev/strconv#Quote>): so the peers show them.

use std::fmt::Write as _;

/// The text in quotes, with escapes for everything that cannot be seen.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quote_into(text, &mut quoted);
    quoted
}

/// The same, at the end of another text.
pub(crate) fn quote_into(text: &str, quoted: &mut String) {
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            ' '..='~' => quoted.push(character),
            _ => write_unusual(character, quoted),
        }
    }
    quoted.push('"');
}

fn write_unusual(character: char, quoted: &mut String) {
    let code = u32::from(character);
    // Writing to a string cannot fail.
    let _ = if code < 0x80 {
        write!(quoted, "\\x{code:02x}")
    } else if is_printable(character) {
        quoted.push(character);
        Ok(())
    } else if code < 0x1_0000 {
        write!(quoted, "\\u{code:04x}")
    } else {
        write!(quoted, "\\U{code:08x}")
    };
}

/// Letters, marks, numbers, punctuation and symbols. The standard library knows them, and tells by
/// how it prints text; combining characters it escapes only at the start.
fn is_printable(character: char) -> bool {
    let mut pair = [0; 5];
    pair[0] = b'a';
    let length = 1 + character.encode_utf8(&mut pair[1..]).len();
    std::str::from_utf8(&pair[..length]).is_ok_and(|text| text.escape_debug().nth(1) == Some(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let cases = [
            ("plain \"text\" \\", r#""plain \"text\" \\""#),
            ("\u{7}\u{8}\u{b}\u{c}\t\r\n", r#""\a\b\v\f\t\r\n""#),
            ("\u{1}\u{7f}", r#""\x01\x7f""#),
            ("\u{85}\u{a0}\u{200b}\u{2028}\u{e000}\u{feff}", r#""\u0085\u00a0\u200b\u2028\ue000\ufeff""#),
            ("\u{e0001}", r#""\U000e0001""#),
            ("é日😀\u{301}\u{fffd}", "\"é日😀\u{301}\u{fffd}\""),
        ];
        for (text, quoted) in cases {
            assert_eq!(quote(text), quoted);
        }
    }
}
