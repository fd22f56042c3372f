//! Texts in quotes, as the lines that tell which program is run have them.

use std::fmt::Write as _;

/// A list of texts in quotes.
pub(crate) fn quoted_list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(" "))
}

/// A text in double quotes, on one line, with everything escaped that cannot be seen.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            control if control.is_ascii_control() => _ = write!(out, "\\x{:02x}", u32::from(control)),
            control if control.is_control() => _ = write!(out, "\\u{:04x}", u32::from(control)),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let texts = ["/bin/sh".to_owned(), "a \"b\"\n\t\\ \u{1}\u{85} é".to_owned()];
        assert_eq!(quoted_list(&texts), r#"["/bin/sh" "a \"b\"\n\t\\ \x01\u0085 é"]"#);
    }
}
