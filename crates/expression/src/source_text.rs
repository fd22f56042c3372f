//! Values as source text, laid out as formatting would.
//!
//! Responsible for whatever writes configuration: functions that encode, and blocks of objects that were
//! found. A run of one-line entries has its equals signs
//! below each other; an entry of several lines stands for itself.

use std::sync::OnceLock;

use plumb_syntax::is_identifier;
use plumb_value::{Kind, Value, quote};
use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

/// Deepest nesting that is written.
const DEPTH_LIMIT: usize = 256;

/// A value as an expression.
///
/// # Errors
/// The value is not wholly known, or nested too deeply; the text says which.
pub fn source_of(value: &Value) -> Result<String, String> {
    let mut text = String::new();
    write(value, 0, 0, &mut text)?;
    Ok(text)
}

/// An object as the content of a variables file.
///
/// # Errors
/// The same, or it is no object whose names can be names of variables.
pub fn variables_source_of(value: &Value) -> Result<String, String> {
    let Some(entries) = value.entries() else {
        let required = "must be an object whose attribute names will become the encoded variable names";
        return Err(format!("invalid value to encode: {required}"));
    };
    for (name, _) in &entries {
        if !is_identifier(name) {
            let rules = "must be a valid identifier, per Terraform's rules for input variable declarations";
            return Err(format!("invalid variable name {}: {rules}", quote(name)));
        }
    }
    let mut text = String::new();
    write_entries(entries.iter().map(|(name, value)| ((**name).to_string(), *value)), 0, 0, &mut text)?;
    Ok(text)
}

fn write(value: &Value, indent: usize, depth: usize, text: &mut String) -> Result<(), String> {
    if depth > DEPTH_LIMIT {
        return Err(format!("the value is nested more than {DEPTH_LIMIT} levels deep"));
    }
    match value.kind() {
        Kind::Unknown(..) => return Err("the value is not wholly known".to_owned()),
        Kind::Null(_) => text.push_str("null"),
        Kind::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Kind::Number(number) => text.push_str(&number.to_string()),
        Kind::String(string) => write_string(string, text),
        Kind::List(_, values) | Kind::Set(_, values) | Kind::Tuple(_, values) => {
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    text.push_str(", ");
                }
                write(value, indent, depth + 1, text)?;
            }
            text.push(']');
        }
        Kind::Map(..) | Kind::Object(..) if value.is_empty() => text.push_str("{}"),
        Kind::Map(..) | Kind::Object(..) => {
            let entries = value.entries().unwrap_or_default();
            text.push_str("{\n");
            write_entries(
                entries.into_iter().map(|(name, value)| (key(name), value)),
                indent + 2,
                depth + 1,
                text,
            )?;
            text.push_str(&" ".repeat(indent));
            text.push('}');
        }
    }
    Ok(())
}

/// Lines of `name = value`.
fn write_entries<'a>(
    entries: impl Iterator<Item = (String, &'a Value)>,
    indent: usize,
    depth: usize,
    text: &mut String,
) -> Result<(), String> {
    let mut run: Vec<(String, String)> = Vec::new();
    for (name, value) in entries {
        let mut written = String::new();
        write(value, indent, depth + 1, &mut written)?;
        if written.contains('\n') {
            write_run(&mut run, indent, text);
            text.push_str(&format!("{}{name} = {written}\n", " ".repeat(indent)));
        } else {
            run.push((name, written));
        }
    }
    write_run(&mut run, indent, text);
    Ok(())
}

fn write_run(run: &mut Vec<(String, String)>, indent: usize, text: &mut String) {
    let width = |name: &str| name.graphemes(true).count();
    let widest = run.iter().map(|(name, _)| width(name)).max().unwrap_or_default();
    for (name, value) in run.drain(..) {
        let gap = widest - width(&name);
        text.push_str(&format!("{}{name}{} = {value}\n", " ".repeat(indent), " ".repeat(gap)));
    }
}

fn key(name: &str) -> String {
    if is_identifier(name) {
        return name.to_owned();
    }
    let mut text = String::new();
    write_string(name, &mut text);
    text
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    let mut characters = string.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '$' | '%' if characters.peek() == Some(&'{') => {
                text.push(character);
                text.push(character);
            }
            plain if is_printable(plain) => text.push(plain),
            other if u32::from(other) <= 0xffff => text.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => text.push_str(&format!("\\U{:08x}", u32::from(other))),
        }
    }
    text.push('"');
}

/// Whether a character is one of those that leave ink, or the blank.
fn is_printable(character: char) -> bool {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    let pattern = PATTERN.get_or_init(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$").ok());
    let mut buffer = [0; 4];
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(character.encode_utf8(&mut buffer)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_value::Type;

    fn number(value: i64) -> Value {
        Value::number(value)
    }

    #[test]
    fn values_become_expressions() {
        let null = Value::null(Type::Dynamic);
        let list = |values: Vec<Value>| Value::tuple(values);
        let object = |entries: Vec<(&str, Value)>| Value::object(entries);
        for (value, text) in [
            (Value::string("a${x}\n\"é\t%{b}$%"), "\"a$${x}\\n\\\"é\\t%%{b}$%\""),
            (Value::string("\\\r\u{1}\u{a0}\u{200b}😀"), "\"\\\\\\r\\u0001\\u00a0\\u200b😀\""),
            (Value::set(Type::String, [Value::string("b"), Value::string("a")]), "[\"a\", \"b\"]"),
            (object(vec![]), "{}"),
            (list(vec![]), "[]"),
            (
                object(vec![
                    ("0x", number(2)),
                    ("_d", object(vec![])),
                    ("a-b", number(1)),
                    ("b c", list(vec![number(1), Value::string("x"), Value::bool(true), null])),
                    ("é", list(vec![list(vec![])])),
                ]),
                "{\n  \"0x\"  = 2\n  _d    = {}\n  a-b   = 1\n  \"b c\" = [1, \"x\", true, null]\n  é     = [[]]\n}",
            ),
            (
                list(vec![
                    object(vec![
                        (
                            "a",
                            list(vec![object(vec![
                                ("b", number(1)),
                                ("ccc", object(vec![("d", number(2))])),
                            ])]),
                        ),
                        ("yyyy", number(2)),
                        ("zz", number(1)),
                    ]),
                    object(vec![]),
                ]),
                "[{\n  a = [{\n    b = 1\n    ccc = {\n      d = 2\n    }\n  }]\n  yyyy = 2\n  zz   = 1\n}, {}]",
            ),
        ] {
            assert_eq!(source_of(&value).as_deref(), Ok(text));
        }
    }

    #[test]
    fn objects_become_variables_files() {
        let nested = Value::object([("x", number(1))]);
        let value = Value::object([
            ("a", number(1)),
            ("bb", Value::tuple([nested])),
            ("ccc", number(3)),
            ("dddd", Value::null(Type::Dynamic)),
        ]);
        assert_eq!(
            variables_source_of(&value).as_deref(),
            Ok("a = 1\nbb = [{\n  x = 1\n}]\nccc  = 3\ndddd = null\n")
        );
        assert_eq!(variables_source_of(&Value::object::<&str>([])).as_deref(), Ok(""));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let bad = Value::object([("a b", number(1))]);
        assert_eq!(
            variables_source_of(&bad).unwrap_err(),
            "invalid variable name \"a b\": must be a valid identifier, per Terraform's rules for input variable \
             declarations"
        );
        assert!(
            variables_source_of(&number(1))
                .unwrap_err()
                .starts_with("invalid value to encode: must be an object")
        );
        let deep = (0..300).fold(Value::tuple([]), |inner, _| Value::tuple([inner]));
        assert!(source_of(&deep).unwrap_err().contains("256"));
    }
}
