//! Values in the form that Python writes them, as Ansible reads them from its lines.
//!
//! `5` is a number, `['a', 'b']` a list, `{'a': True}` a mapping, `'x'` a text; what is no literal is the text that it
//! is. Numbers that nothing here can hold, and complex ones, stay texts.

use serde_json::{Map, Number, Value};

/// How deep values may be nested.
const DEPTH_MAX: usize = 64;

/// The value that a text is a literal of; nothing where it is none.
pub(crate) fn value(text: &str) -> Option<Value> {
    let mut literal = Literal { rest: text.trim_start_matches([' ', '\t']), depth: 0 };
    let first = literal.expression()?;
    literal.skip();
    // Commas make a tuple, with brackets or without.
    let value = if literal.eat(",") {
        let mut elements = vec![first];
        literal.elements(&mut elements, None)?;
        Value::Array(elements)
    } else {
        first
    };
    literal.skip();
    literal.rest.is_empty().then_some(value)
}

/// What is still to be read.
struct Literal<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Literal<'a> {
    /// Skips blanks, and comments.
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\u{c}']);
            if !self.rest.starts_with('#') {
                return;
            }
            self.rest = "";
        }
    }

    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expression(&mut self) -> Option<Value> {
        self.skip();
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let value = match self.rest.chars().next()? {
            '[' => {
                self.rest = &self.rest[1..];
                let mut elements = Vec::new();
                self.elements(&mut elements, Some("]"))?;
                Value::Array(elements)
            }
            '(' => self.parenthesised()?,
            '{' => self.braced()?,
            '+' | '-' => self.signed()?,
            '0'..='9' => self.number(false)?,
            '.' if self.eat("...") => Value::String("...".to_owned()),
            '.' => self.number(false)?,
            _ => self.word_or_text()?,
        };
        self.depth -= 1;
        Some(value)
    }

    /// Elements with commas between and perhaps one behind, up to the end.
    fn elements(&mut self, into: &mut Vec<Value>, end: Option<&str>) -> Option<()> {
        loop {
            self.skip();
            if self.is_at(end)? {
                return Some(());
            }
            into.push(self.expression()?);
            self.skip();
            if !self.eat(",") {
                return self.is_at(end)?.then_some(());
            }
        }
    }

    /// Whether it ends here; nothing where it has no end.
    fn is_at(&mut self, end: Option<&str>) -> Option<bool> {
        match end {
            None => Some(self.rest.is_empty()),
            Some(_) if self.rest.is_empty() => None,
            Some(end) => Some(self.eat(end)),
        }
    }

    fn parenthesised(&mut self) -> Option<Value> {
        self.rest = &self.rest[1..];
        self.skip();
        if self.eat(")") {
            return Some(Value::Array(Vec::new()));
        }
        let first = self.expression()?;
        self.skip();
        if self.eat(")") {
            return Some(first);
        }
        if !self.eat(",") {
            return None;
        }
        let mut elements = vec![first];
        self.elements(&mut elements, Some(")"))?;
        Some(Value::Array(elements))
    }

    /// A mapping, or a set, which has no order of its own and becomes a list.
    fn braced(&mut self) -> Option<Value> {
        self.rest = &self.rest[1..];
        self.skip();
        if self.eat("}") {
            return Some(Value::Object(Map::new()));
        }
        let first = self.expression()?;
        self.skip();
        if !self.eat(":") {
            let mut elements = vec![first];
            if self.eat(",") {
                self.elements(&mut elements, Some("}"))?;
            } else if !self.eat("}") {
                return None;
            }
            return Some(Value::Array(elements));
        }
        let mut entries = Map::new();
        let mut key = first;
        loop {
            entries.insert(key_of(&key)?, self.expression()?);
            self.skip();
            let goes_on = self.eat(",");
            self.skip();
            if self.eat("}") {
                return Some(Value::Object(entries));
            }
            if !goes_on {
                return None;
            }
            key = self.expression()?;
            self.skip();
            if !self.eat(":") {
                return None;
            }
        }
    }

    fn signed(&mut self) -> Option<Value> {
        let mut is_negative = false;
        while let Some(sign) = self.rest.chars().next().filter(|one| matches!(one, '+' | '-')) {
            is_negative ^= sign == '-';
            self.rest = self.rest[1..].trim_start();
        }
        self.number(is_negative)
    }

    fn number(&mut self, is_negative: bool) -> Option<Value> {
        let is_part = |one: char| one.is_ascii_alphanumeric() || matches!(one, '.' | '_');
        let mut end = self.rest.find(|one| !is_part(one)).unwrap_or(self.rest.len());
        let is_decimal = !self.rest.starts_with("0x") && !self.rest.starts_with("0X");
        let before = self.rest[..end].chars().next_back();
        if is_decimal && matches!(before, Some('e' | 'E')) && self.rest[end..].starts_with(['+', '-']) {
            let digits = &self.rest[end + 1..];
            end += 1 + digits.find(|one: char| !one.is_ascii_digit()).unwrap_or(digits.len());
        }
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        number_of(text, is_negative)
    }

    fn word_or_text(&mut self) -> Option<Value> {
        for (word, value) in
            [("True", Value::Bool(true)), ("False", Value::Bool(false)), ("None", Value::Null)]
        {
            let ends = |rest: &str| !rest.starts_with(|one: char| one.is_alphanumeric() || one == '_');
            if let Some(rest) = self.rest.strip_prefix(word).filter(|rest| ends(rest)) {
                self.rest = rest;
                return Some(value);
            }
        }
        let mut text = self.text()?;
        loop {
            self.skip();
            match self.text() {
                Some(more) => text.push_str(&more),
                None => return Some(Value::String(text)),
            }
        }
    }

    /// A text in quotes, with what may stand before them.
    fn text(&mut self) -> Option<String> {
        let quote = self.rest.find(['\'', '"'])?;
        let (prefix, rest) = self.rest.split_at(quote);
        let prefix = prefix.to_ascii_lowercase();
        if !["", "r", "b", "u", "br", "rb"].contains(&prefix.as_str()) {
            return None;
        }
        let one = &rest[..1];
        let three = one.repeat(3);
        let end = if rest.starts_with(&three) { three.as_str() } else { one };
        let inside = &rest[end.len()..];
        let length = end_of_text(inside, end)?;
        self.rest = &inside[length + end.len()..];
        let text = &inside[..length];
        if prefix.contains('r') { Some(text.to_owned()) } else { unescaped(text, prefix.contains('b')) }
    }
}

/// Where a text ends that has begun.
fn end_of_text(inside: &str, end: &str) -> Option<usize> {
    let mut characters = inside.char_indices();
    while let Some((at, one)) = characters.next() {
        if one == '\\' {
            characters.next()?;
        } else if inside[at..].starts_with(end) {
            return Some(at);
        }
    }
    None
}

fn unescaped(text: &str, is_bytes: bool) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let one = rest.chars().next()?;
        let (character, length) = match one {
            'n' => (Some('\n'), 1),
            't' => (Some('\t'), 1),
            'r' => (Some('\r'), 1),
            'a' => (Some('\u{7}'), 1),
            'b' => (Some('\u{8}'), 1),
            'f' => (Some('\u{c}'), 1),
            'v' => (Some('\u{b}'), 1),
            '\\' | '\'' | '"' => (Some(one), 1),
            '0'..='7' => {
                let length = rest.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                (Some(in_base(&rest[..length], 8)?), length)
            }
            'x' => (Some(in_base(rest.get(1..3)?, 16)?), 3),
            'u' if !is_bytes => (Some(in_base(rest.get(1..5)?, 16)?), 5),
            'U' if !is_bytes => (Some(in_base(rest.get(1..9)?, 16)?), 9),
            // Names of characters: nobody writes them here, and a table of them is large.
            'N' if !is_bytes => return None,
            other => {
                out.push('\\');
                (Some(other), other.len_utf8())
            }
        };
        // Bytes that make up a character of their own cannot come one by one.
        if is_bytes && character.is_some_and(|character| !character.is_ascii()) {
            return None;
        }
        out.extend(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Some(out)
}

fn in_base(digits: &str, base: u32) -> Option<char> {
    if digits.starts_with('+') { None } else { char::from_u32(u32::from_str_radix(digits, base).ok()?) }
}

/// A number as Python writes it.
fn number_of(text: &str, is_negative: bool) -> Option<Value> {
    let is_misplaced = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    if is_misplaced {
        return None;
    }
    let digits = text.replace('_', "").to_ascii_lowercase();
    for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            return integer(u64::from_str_radix(digits, base).ok()?, is_negative);
        }
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let has_zeros =
            digits.len() > 1 && digits.starts_with('0') && digits.bytes().any(|byte| byte != b'0');
        return if has_zeros { None } else { integer(digits.parse().ok()?, is_negative) };
    }
    let is_float =
        digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-'));
    let number: f64 = digits.parse().ok().filter(|_| is_float)?;
    Number::from_f64(if is_negative { -number } else { number }).map(Value::Number)
}

fn integer(magnitude: u64, is_negative: bool) -> Option<Value> {
    if !is_negative {
        return Some(Value::from(magnitude));
    }
    i64::try_from(-i128::from(magnitude)).ok().map(Value::from)
}

/// The name that a key is.
fn key_of(key: &Value) -> Option<String> {
    match key {
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn literals_are_values() {
        let cases = [
            ("5", json!(5)),
            ("-5", json!(-5)),
            ("- 5 # five", json!(-5)),
            ("1_000", json!(1000)),
            ("0x1F", json!(31)),
            ("0", json!(0)),
            ("00", json!(0)),
            ("1.5", json!(1.5)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("1e-5", json!(0.00001)),
            ("True", json!(true)),
            ("None", json!(null)),
            ("'a'", json!("a")),
            (r#""a\tb\x41\u00e9\q" 'c'"#, json!("a\tbAé\\qc")),
            (r"r'\n'", json!("\\n")),
            ("b'a'", json!("a")),
            ("'''a'b'''", json!("a'b")),
            ("['a', 1, [True,]]", json!(["a", 1, [true]])),
            ("[]", json!([])),
            ("(1, 2)", json!([1, 2])),
            ("(1)", json!(1)),
            ("1, 2", json!([1, 2])),
            ("1,", json!([1])),
            ("{'a': {'b': None}, 'c': 1,}", json!({"a": {"b": null}, "c": 1})),
            ("{1: 2}", json!({"1": 2})),
            ("{'a'}", json!(["a"])),
            ("{}", json!({})),
            ("...", json!("...")),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_no_literal() {
        let deep = "[".repeat(100_000);
        for text in [
            "",
            "a",
            "true",
            "yes",
            "0123",
            "10.0.0.1",
            "1__0",
            "1_",
            "0x",
            "[1",
            "[1 2]",
            "{'a': }",
            "f'a'",
            "'a",
            "a b",
            "5 x",
            "1,2,x",
            "99999999999999999999999",
            "1e999",
            "1j",
            "--",
            ",",
            "[,]",
            "5 5",
            "Truely",
            "'\\x4'",
            "{[1]: 2}",
            &deep,
        ] {
            assert_eq!(value(text), None, "{}", text.len());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_literal_or_not(text in "[\\[\\](){}'\":,.0-9a-fx\\-+_ \\\\#é]{0,24}") {
            let _ = value(&text);
        }
    }
}
