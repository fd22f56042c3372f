//! JSON text as state files have it, written and rewritten without building a tree.
//!
//! Responsible for indentation and escapes: two spaces, empty containers closed at once, and the
//! characters that could end a script escaped, so that a file does not change when another program
//! of this kind writes it again.

use std::io;

/// Most lines of a journal are shorter, so that they are never moved.
const LINE_BYTES: usize = 1024;

/// How much text is collected before it is handed on.
pub(super) const PIECE_BYTES: usize = 64 * 1024;

/// Writes JSON, value after value; commas and line breaks come by themselves.
#[derive(Debug)]
pub(crate) struct JsonText {
    text: String,
    /// Whether lines are broken and indented.
    pretty: bool,
    depth: usize,
    /// Whether the container that is open has something in it.
    filled: bool,
    /// Whether a key was just written, and its value follows.
    after_key: bool,
}

impl JsonText {
    pub(crate) fn pretty(capacity: usize) -> JsonText {
        JsonText {
            text: String::with_capacity(capacity),
            pretty: true,
            depth: 0,
            filled: false,
            after_key: false,
        }
    }

    pub(crate) fn compact() -> JsonText {
        JsonText {
            text: String::with_capacity(LINE_BYTES),
            pretty: false,
            depth: 0,
            filled: false,
            after_key: false,
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// Hands on what is written so far, where that has become much, and goes on behind it.
    pub(crate) fn hand_on(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        if self.text.len() >= PIECE_BYTES {
            out.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    pub(crate) fn open(&mut self, bracket: char) {
        self.before_value();
        self.text.push(bracket);
        self.depth += 1;
        self.filled = false;
    }

    pub(crate) fn close(&mut self, bracket: char) {
        self.depth = self.depth.saturating_sub(1);
        if self.filled {
            self.line_break();
        }
        self.text.push(bracket);
        self.filled = true;
    }

    pub(crate) fn key(&mut self, key: &str) {
        self.before_value();
        push_string(&mut self.text, key);
        self.text.push_str(if self.pretty { ": " } else { ":" });
        self.after_key = true;
    }

    pub(crate) fn string(&mut self, text: &str) {
        self.before_value();
        push_string(&mut self.text, text);
        self.filled = true;
    }

    pub(crate) fn literal(&mut self, literal: impl std::fmt::Display) {
        self.before_value();
        self.text.push_str(&literal.to_string());
        self.filled = true;
    }

    pub(crate) fn string_field(&mut self, key: &str, text: &str) {
        self.key(key);
        self.string(text);
    }

    pub(crate) fn literal_field(&mut self, key: &str, literal: impl std::fmt::Display) {
        self.key(key);
        self.literal(literal);
    }

    /// Writes a value that is JSON already, without blanks, in the style of the rest.
    pub(crate) fn raw(&mut self, compact: &str) {
        if !self.pretty {
            self.before_value();
            self.text.push_str(compact);
            self.filled = true;
            return;
        }
        let bytes = compact.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                open @ (b'{' | b'[') => self.open(char::from(open)),
                close @ (b'}' | b']') => self.close(char::from(close)),
                b',' | b':' => {}
                b'"' => {
                    let end = string_end(bytes, at);
                    self.raw_string(&compact[at..end], bytes.get(end) == Some(&b':'));
                    at = end;
                    continue;
                }
                _ => {
                    let end = bytes[at..]
                        .iter()
                        .position(|byte| matches!(byte, b',' | b'}' | b']'))
                        .map_or(bytes.len(), |length| at + length);
                    self.before_value();
                    self.text.push_str(&compact[at..end]);
                    self.filled = true;
                    at = end;
                    continue;
                }
            }
            at += 1;
        }
    }

    fn raw_string(&mut self, quoted: &str, is_key: bool) {
        self.before_value();
        self.text.push_str(quoted);
        self.filled = true;
        if is_key {
            self.text.push_str(": ");
            self.after_key = true;
        }
    }

    fn before_value(&mut self) {
        if std::mem::take(&mut self.after_key) || self.depth == 0 {
            return;
        }
        if self.filled {
            self.text.push(',');
        }
        self.filled = true;
        self.line_break();
    }

    fn line_break(&mut self) {
        if self.pretty {
            self.text.push('\n');
            for _ in 0..self.depth {
                self.text.push_str("  ");
            }
        }
    }
}

/// Where the string that begins with the quote at `start` ends, its closing quote included.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Valid JSON without the blanks between its parts, its strings escaped as [`push_string`] does
/// for the characters that need no escape in JSON.
pub(crate) fn compact(json: &str) -> String {
    let bytes = json.as_bytes();
    let mut text = String::with_capacity(json.len() / 2);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\n' | b'\r' | b'\t' => at += 1,
            b'"' => {
                let end = string_end(bytes, at);
                push_escaping_markup(&mut text, &json[at..end]);
                at = end;
            }
            _ => {
                let end = bytes[at..]
                    .iter()
                    .position(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b'"'))
                    .map_or(bytes.len(), |length| at + length);
                text.push_str(&json[at..end]);
                at = end;
            }
        }
    }
    text
}

/// Deeper than any value of the language can be nested, types beside values included. Indenting text
/// costs the square of its depth, so there must be some limit.
const DEPTH_LIMIT: usize = 1000;

/// The same as [`compact`] for text that someone else wrote.
pub(crate) fn compact_bounded(json: &str) -> Result<String, String> {
    let text = compact(json);
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            _ => {}
        }
        if depth > DEPTH_LIMIT {
            return Err(format!("it is nested deeper than {DEPTH_LIMIT} levels"));
        }
        at += 1;
    }
    Ok(text)
}

fn is_markup(character: char) -> bool {
    matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

fn push_escaping_markup(text: &mut String, quoted: &str) {
    let mut rest = quoted;
    while let Some(at) = rest.find(is_markup) {
        let (plain, found) = rest.split_at(at);
        text.push_str(plain);
        let mut characters = found.chars();
        if let Some(character) = characters.next() {
            text.push_str(&format!("\\u{:04x}", u32::from(character)));
        }
        rest = characters.as_str();
    }
    text.push_str(rest);
}

/// Adds a string in quotes, escaped as state files have it.
pub(crate) fn push_string(text: &mut String, string: &str) {
    text.push('"');
    let mut rest = string;
    while let Some(at) =
        rest.find(|found: char| found < ' ' || matches!(found, '"' | '\\') || is_markup(found))
    {
        let (plain, found) = rest.split_at(at);
        text.push_str(plain);
        let mut characters = found.chars();
        match characters.next() {
            Some('"') => text.push_str("\\\""),
            Some('\\') => text.push_str("\\\\"),
            Some('\n') => text.push_str("\\n"),
            Some('\r') => text.push_str("\\r"),
            Some('\t') => text.push_str("\\t"),
            Some('\u{8}') => text.push_str("\\b"),
            Some('\u{c}') => text.push_str("\\f"),
            Some(other) => text.push_str(&format!("\\u{:04x}", u32::from(other))),
            None => {}
        }
        rest = characters.as_str();
    }
    text.push_str(rest);
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_go_and_come_back() {
        let cases = [
            ("{ }", "{}", "{}"),
            ("[ 1 ,\n 2.5e3 ]", "[1,2.5e3]", "[\n  1,\n  2.5e3\n]"),
            (
                r#"{ "a b" : [ ] , "c" : { "d" : null , "e:" : "x, y" } }"#,
                r#"{"a b":[],"c":{"d":null,"e:":"x, y"}}"#,
                "{\n  \"a b\": [],\n  \"c\": {\n    \"d\": null,\n    \"e:\": \"x, y\"\n  }\n}",
            ),
            (r#""q\" <&>""#, r#""q\" \u003c\u0026\u003e""#, r#""q\" \u003c\u0026\u003e""#),
            (r#""back\\""#, r#""back\\""#, r#""back\\""#),
        ];
        for (input, small, large) in cases {
            assert_eq!(compact(input), small);
            let mut text = JsonText::pretty(0);
            text.raw(small);
            assert_eq!(text.finish(), large);
        }
    }

    #[test]
    fn strings_are_escaped_like_everywhere() {
        let mut text = String::new();
        push_string(&mut text, "a\"\\\n\r\t\u{8}\u{c}\u{1}<>&\u{2028}é\u{7f}");
        assert_eq!(text, "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u003c\\u003e\\u0026\\u2028é\u{7f}\"");
    }

    #[test]
    fn fields_and_raw_values_mix() {
        let mut text = JsonText::pretty(0);
        text.open('{');
        text.literal_field("version", 4);
        text.key("attributes");
        text.raw(r#"{"a":[1,{}]}"#);
        text.key("none");
        text.open('[');
        text.close(']');
        text.close('}');
        assert_eq!(
            text.finish(),
            "{\n  \"version\": 4,\n  \"attributes\": {\n    \"a\": [\n      1,\n      {}\n    ]\n  },\n  \"none\": []\n}"
        );
    }
}
