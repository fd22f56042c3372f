//! From text to tree. Like RFC 8259, and as strict.

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{FileId, Span};

use super::{Kind, Property, Text, Value};
use crate::error::Shift;
use crate::parser::NESTING_MAX;

/// Reads a text that is one value. The first error ends it: what follows one in JSON is guesswork.
///
/// # Errors
/// The text is not JSON; the diagnostics say where.
pub fn parse(text: &str, file: FileId) -> Result<Value, Diagnostics> {
    if text.len() > crate::LENGTH_MAX {
        let place = Span::new(file, 0, 0);
        return Err(Diagnostic::error("File too large", "A file can have at most 2 GiB.").at(place).into());
    }
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, depth: 0, file };
    reader.whole().map_err(|problem| Diagnostics::from(*problem))
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    depth: u32,
    file: FileId,
}

/// Small, as values lie inside each other.
type Read<T> = Result<T, Box<Diagnostic>>;

impl Reader<'_> {
    fn whole(&mut self) -> Read<Value> {
        self.space();
        let value = self.value()?;
        self.space();
        if self.at < self.bytes.len() {
            return Err(self.unexpected(
                "Extraneous data after value",
                "Extra characters appear after the JSON value. A file is one value; put everything inside its braces.",
            ));
        }
        Ok(value)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start as u32, self.at as u32)
    }

    /// An error at the character that comes next.
    fn unexpected(&self, summary: &'static str, detail: impl Into<String>) -> Box<Diagnostic> {
        let length = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        let end = self.at + length;
        Box::new(Diagnostic::error(summary, detail.into()).at(Span::new(
            self.file,
            self.at as u32,
            end as u32,
        )))
    }

    fn value(&mut self) -> Read<Value> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.deeper(Self::object)?,
            Some(b'[') => self.deeper(Self::array)?,
            Some(b'"') => Kind::Text(self.text()?),
            Some(b'-' | b'0'..=b'9' | b'+' | b'.') => Kind::Number(self.number()?),
            Some(first) if first.is_ascii_alphabetic() => self.keyword()?,
            Some(b',' | b']' | b'}' | b':') | None => {
                let detail = match self.peek() {
                    None => "The JSON data ends prematurely: a value is missing.",
                    _ => {
                        "A JSON value must start here: a brace, a bracket, a number, a text in quotes, or a keyword."
                    }
                };
                return Err(self.unexpected("Missing value", detail));
            }
            Some(_) => {
                return Err(self.unexpected(
                    "Invalid start of value",
                    "A JSON value must start with a brace, a bracket, a number, a double quote, or a keyword.",
                ));
            }
        };
        Ok(Value { kind, span: self.span(start) })
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Read<Kind>) -> Read<Kind> {
        if self.depth >= NESTING_MAX {
            let detail = format!(
                "More than {NESTING_MAX} levels lie inside each other here. Give inner parts names of their own with local \
                 values."
            );
            return Err(self.unexpected("Too deeply nested", detail));
        }
        self.depth += 1;
        let kind = read(self)?;
        self.depth -= 1;
        Ok(kind)
    }

    fn object(&mut self) -> Read<Kind> {
        let start = self.at;
        self.at += 1;
        let mut properties = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(b'}') if properties.is_empty() => break,
                Some(b'"') => properties.push(self.property()?),
                None => return Err(self.unclosed(start, "object", "brace")),
                Some(_) => {
                    return Err(self.unexpected(
                        "Invalid object property name",
                        "The name of a JSON object's property must be a text in double quotes.",
                    ));
                }
            }
            self.space();
            match self.peek() {
                Some(b'}') => break,
                Some(b',') => self.comma("object", b'}')?,
                Some(b']') => {
                    return Err(self.unexpected(
                        "Mismatched braces",
                        "A JSON object must be closed with a brace, not a bracket.",
                    ));
                }
                None => return Err(self.unclosed(start, "object", "brace")),
                Some(_) => {
                    return Err(self.unexpected(
                        "Missing attribute separator comma",
                        "A comma must stand between the properties of a JSON object.",
                    ));
                }
            }
        }
        self.at += 1;
        Ok(Kind::Object(properties))
    }

    fn property(&mut self) -> Read<Property> {
        let name = self.text()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected(
                "Missing property value colon",
                "A colon must appear between an object property's name and its value.",
            ));
        }
        self.at += 1;
        self.space();
        Ok(Property { name, value: self.value()? })
    }

    fn array(&mut self) -> Read<Kind> {
        let start = self.at;
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(b']') if values.is_empty() => break,
                None => return Err(self.unclosed(start, "array", "bracket")),
                Some(_) => values.push(self.value()?),
            }
            self.space();
            match self.peek() {
                Some(b']') => break,
                Some(b',') => self.comma("array", b']')?,
                Some(b'}') => {
                    return Err(self.unexpected(
                        "Mismatched brackets",
                        "A JSON array must be closed with a bracket, not a brace.",
                    ));
                }
                None => return Err(self.unclosed(start, "array", "bracket")),
                Some(_) => {
                    return Err(self.unexpected(
                        "Missing value separator comma",
                        "A comma must stand between the values of a JSON array.",
                    ));
                }
            }
        }
        self.at += 1;
        Ok(Kind::Array(values))
    }

    fn comma(&mut self, of: &str, close: u8) -> Read<()> {
        let comma = self.span(self.at);
        self.at += 1;
        self.space();
        if self.peek() != Some(close) {
            return Ok(());
        }
        let summary = if of == "object" { "Trailing comma in object" } else { "Trailing comma in array" };
        let detail = format!("JSON does not permit a comma behind the last part of an {of}. Remove it.");
        Err(Box::new(Diagnostic::error(summary, detail).at(Span { end: comma.start + 1, ..comma })))
    }

    fn unclosed(&self, start: usize, what: &str, sign: &str) -> Box<Diagnostic> {
        let summary = if what == "object" { "Unclosed object" } else { "Unclosed array" };
        let place = Span::new(self.file, start as u32, start as u32 + 1);
        Box::new(
            Diagnostic::error(summary, format!("No closing {sign} was found for this JSON {what}."))
                .at(place),
        )
    }

    fn keyword(&mut self) -> Read<Kind> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        let word = &self.text[start..self.at];
        match word {
            "true" => Ok(Kind::Bool(true)),
            "false" => Ok(Kind::Bool(false)),
            "null" => Ok(Kind::Null),
            _ => {
                let hint = plumb_diagnostics::did_you_mean(word, ["true", "false", "null"]);
                let detail = format!("\"{word}\" is not a valid JSON keyword.{hint}");
                Err(Box::new(Diagnostic::error("Invalid JSON keyword", detail).at(self.span(start))))
            }
        }
    }

    fn number(&mut self) -> Read<Arc<str>> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        if is_number(text) {
            return Ok(text.into());
        }
        let detail = format!(
            "\"{text}\" is not a JSON number: those have no sign but a minus, no leading zeroes, and digits on both \
             sides of a point."
        );
        Err(Box::new(Diagnostic::error("Invalid JSON number", detail).at(self.span(start))))
    }

    fn text(&mut self) -> Read<Text> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut shifts = Vec::new();
        loop {
            let plain = self.at;
            while self.peek().is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= 0x20) {
                self.at += 1;
            }
            text.push_str(&self.text[plain..self.at]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    text.push(self.escape()?);
                    shifts.push(Shift { parsed: text.len() as u32, file: (self.at - start - 1) as u32 });
                }
                Some(_) => {
                    return Err(self.unexpected(
                        "Invalid JSON string",
                        "Line breaks and other control characters must be written as escapes in a JSON string, such as \\n.",
                    ));
                }
                None => {
                    let place = Span::new(self.file, start as u32, start as u32 + 1);
                    let detail = "The closing quote of this JSON string is missing.";
                    return Err(Box::new(Diagnostic::error("Invalid JSON string", detail).at(place)));
                }
            }
        }
        self.at += 1;
        Ok(Text { text: text.into(), span: self.span(start), shifts: shifts.into() })
    }

    fn escape(&mut self) -> Read<char> {
        let start = self.at;
        let sign = self.bytes.get(start + 1).copied();
        self.at = (start + 2).min(self.bytes.len());
        Ok(match sign {
            Some(sign @ (b'"' | b'\\' | b'/')) => char::from(sign),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unit = self.hexadecimal(start)?;
                self.scalar(unit)
            }
            _ => {
                self.at = start;
                return Err(self.unexpected(
                    "Invalid JSON string",
                    "This is no escape of JSON: there are \\\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t and \\uXXXX. Write \\\\ \
                     for a backslash.",
                ));
            }
        })
    }

    fn hexadecimal(&mut self, start: usize) -> Read<u32> {
        let digits = self.bytes.get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else {
            self.at = start;
            return Err(
                self.unexpected("Invalid JSON string", "\\u must be followed by four hexadecimal digits.")
            );
        };
        self.at += 4;
        Ok(digits.iter().fold(0, |value, digit| value * 16 + char::from(*digit).to_digit(16).unwrap_or(0)))
    }

    /// A character from one unit of UTF-16, or from two escapes that make a pair. Half of a pair is no
    /// character.
    fn scalar(&mut self, unit: u32) -> char {
        let is_high = (0xd800..0xdc00).contains(&unit);
        if is_high && self.bytes[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            if let Ok(low @ 0xdc00..0xe000) = self.hexadecimal(back) {
                let value = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.at = back;
        }
        char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

/// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn is_number(text: &str) -> bool {
    let digits = |text: &str| -> Option<usize> {
        let count = text.bytes().take_while(u8::is_ascii_digit).count();
        (count > 0).then_some(count)
    };
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some(whole) = digits(text) else { return false };
    if whole > 1 && text.starts_with('0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let Some(count) = digits(fraction) else { return false };
        rest = &fraction[count..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let Some(count) = digits(exponent) else { return false };
        rest = &exponent[count..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        parse(text, FileId(0)).unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
    }

    fn refusal(text: &str) -> (String, u32) {
        let problems = parse(text, FileId(0)).expect_err(text);
        let first = problems.iter().next().expect("a problem");
        (first.summary.clone(), first.subject.expect("a place").start)
    }

    #[test]
    fn values_have_places() {
        let value = read(" {\"a\": [1, -2.5e+3, true, null, \"x\"]} ");
        assert_eq!((value.span.start, value.span.end), (1, 37));
        let Kind::Object(properties) = &value.kind else { panic!("an object: {value:?}") };
        assert_eq!(&*properties[0].name.text, "a");
        assert_eq!((properties[0].name.span.start, properties[0].name.span.end), (2, 5));
        let Kind::Array(values) = &properties[0].value.kind else { panic!("an array") };
        assert_eq!(values.len(), 5);
        assert_eq!(values[1].kind, Kind::Number("-2.5e+3".into()));
        assert_eq!((values[2].span.start, values[2].span.end), (20, 24));
    }

    #[test]
    fn escapes_are_resolved() {
        let Kind::Text(text) = read(r#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800x""#).kind else {
            panic!("a text")
        };
        assert_eq!(&*text.text, "a\"\\/\u{8}\u{c}\n\r\té😀\u{fffd}x");
    }

    #[test]
    fn what_is_no_json_is_refused_where_it_is_not() {
        for (text, summary, at) in [
            ("", "Missing value", 0),
            ("{", "Unclosed object", 0),
            ("[1", "Unclosed array", 0),
            ("{\"a\": 1", "Unclosed object", 0),
            ("{\"a\" 1}", "Missing property value colon", 5),
            ("{\"a\": 01}", "Invalid JSON number", 6),
            ("{\"a\": 1.}", "Invalid JSON number", 6),
            ("{\"a\": +1}", "Invalid JSON number", 6),
            ("{\"a\": tru}", "Invalid JSON keyword", 6),
            ("{\"a\": 1,}", "Trailing comma in object", 7),
            ("[1, ]", "Trailing comma in array", 2),
            ("[1}", "Mismatched brackets", 2),
            ("{\"a\": 1]", "Mismatched braces", 7),
            ("{\"a\": 1 \"b\": 2}", "Missing attribute separator comma", 8),
            ("[1 2]", "Missing value separator comma", 3),
            ("{'a': 1}", "Invalid object property name", 1),
            ("'a'", "Invalid start of value", 0),
            ("{\"a\": }", "Missing value", 6),
            ("\"a\\q\"", "Invalid JSON string", 2),
            ("\"a\\u12g4\"", "Invalid JSON string", 2),
            ("\"a\nb\"", "Invalid JSON string", 2),
            ("[\"abc", "Invalid JSON string", 1),
            ("{} x", "Extraneous data after value", 3),
        ] {
            assert_eq!(refusal(text), (summary.to_owned(), at), "{text}");
        }
    }

    #[test]
    fn depth_has_a_bound() {
        let deep = "[".repeat(100_000);
        assert_eq!(refusal(&deep), ("Too deeply nested".to_owned(), NESTING_MAX));
    }
}
