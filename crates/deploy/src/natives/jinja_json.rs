//! JSON as Python writes it, so that files are the same byte for byte whoever fills a template.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

/// Deeper than that nothing is written.
const DEPTH_MAX: usize = 100;

/// A value in one line; with an indentation in several, and its entries in the order of their names.
pub(super) fn written(value: &Value, indent: Option<usize>) -> Result<String, Error> {
    let mut out = String::new();
    write(value, indent, 0, &mut out)?;
    Ok(out)
}

fn write(value: &Value, indent: Option<usize>, depth: usize, out: &mut String) -> Result<(), Error> {
    if depth > DEPTH_MAX {
        let why = format!("a value is nested deeper than {DEPTH_MAX} levels");
        return Err(Error::new(ErrorKind::InvalidOperation, why));
    }
    match value.kind() {
        ValueKind::None => out.push_str("null"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number => out.push_str(&value.to_string()),
        ValueKind::String => text(value.as_str().unwrap_or_default(), out),
        ValueKind::Map => {
            let mut keys: Vec<Value> = value.try_iter()?.collect();
            if indent.is_some() {
                keys.sort();
            }
            all(&keys, ("{", "}"), indent, depth, out, |key, out| {
                text(&key.to_string(), out);
                out.push_str(": ");
                write(&value.get_item(key)?, indent, depth + 1, out)
            })?;
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Vec<Value> = value.try_iter()?.collect();
            all(&items, ("[", "]"), indent, depth, out, |item, out| write(item, indent, depth + 1, out))?;
        }
        other => {
            let why = format!("{other} cannot be written as JSON");
            return Err(Error::new(ErrorKind::InvalidOperation, why));
        }
    }
    Ok(())
}

fn all(
    items: &[Value],
    (open, close): (&str, &str),
    indent: Option<usize>,
    depth: usize,
    out: &mut String,
    mut one: impl FnMut(&Value, &mut String) -> Result<(), Error>,
) -> Result<(), Error> {
    out.push_str(open);
    for (at, item) in items.iter().enumerate() {
        if let Some(indent) = indent {
            out.push_str(if at > 0 { ",\n" } else { "\n" });
            out.push_str(&" ".repeat(indent * (depth + 1)));
        } else if at > 0 {
            out.push_str(", ");
        }
        one(item, out)?;
    }
    if let (Some(indent), false) = (indent, items.is_empty()) {
        out.push('\n');
        out.push_str(&" ".repeat(indent * depth));
    }
    out.push_str(close);
    Ok(())
}

/// A text in quotes, of ASCII alone.
fn text(text: &str, out: &mut String) {
    out.push('"');
    for one in text.chars() {
        match one {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(one),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}
