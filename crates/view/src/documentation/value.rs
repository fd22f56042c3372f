//! Values as documentation shows them: JSON on as many lines as it takes.

use plumb_value::{Kind, Value};

/// A known value without marks.
pub(super) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, "", &mut text);
    text
}

fn write(value: &Value, indent: &str, text: &mut String) {
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(..) => text.push_str("null"),
        Kind::Bool(value) => text.push_str(&value.to_string()),
        Kind::Number(number) => text.push_str(&number.to_string()),
        Kind::String(string) => text.push_str(&quoted(string)),
        Kind::List(_, values) | Kind::Set(_, values) | Kind::Tuple(_, values) => {
            each(['[', ']'], values.iter(), indent, text, write);
        }
        Kind::Map(..) | Kind::Object(..) => {
            let entries = value.entries().unwrap_or_default();
            each(['{', '}'], entries.into_iter(), indent, text, |(name, value), indent, text| {
                text.push_str(&quoted(name));
                text.push_str(": ");
                write(value, indent, text);
            });
        }
    }
}

fn each<T>(
    brackets: [char; 2],
    parts: impl ExactSizeIterator<Item = T>,
    indent: &str,
    text: &mut String,
    part: impl Fn(T, &str, &mut String),
) {
    text.push(brackets[0]);
    let is_empty = parts.len() == 0;
    let inner = format!("{indent}  ");
    for (at, one) in parts.enumerate() {
        text.push_str(if at == 0 { "\n" } else { ",\n" });
        text.push_str(&inner);
        part(one, &inner, text);
    }
    if !is_empty {
        text.push('\n');
        text.push_str(indent);
    }
    text.push(brackets[1]);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_on_lines() {
        let value = plumb_value::json::decode_implied(r#"{"b":[],"a":["x",1.5,null],"c":{}}"#).unwrap();
        assert_eq!(
            pretty(&value),
            "{\n  \"a\": [\n    \"x\",\n    1.5,\n    null\n  ],\n  \"b\": [],\n  \"c\": {}\n}"
        );
    }
}
