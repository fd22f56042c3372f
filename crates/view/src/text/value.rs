//! Values as the console and outputs show them.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use plumb_state::Output;
use plumb_value::{Kind, Type, Value, convert, quote};

use super::quote::visible;

/// The value as an expression that would give it, over several lines where that is better to read.
pub fn format_value(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, 0, &mut text);
    text
}

fn write_value(value: &Value, indent: usize, out: &mut String) {
    if !value.is_known() {
        return out.push_str("(known after apply)");
    }
    if value.marks().is_sensitive() {
        return out.push_str("(sensitive value)");
    }
    if value.marks().is_ephemeral() {
        return out.push_str("(ephemeral value)");
    }
    match value.kind() {
        Kind::Null(ty) => out.push_str(&null(ty)),
        Kind::Unknown(..) => out.push_str("(known after apply)"),
        Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Kind::Number(number) => out.push_str(&number.to_string()),
        Kind::String(text) if text.contains('\n') => write_lines(text, indent, out),
        Kind::String(text) => out.push_str(&quote(text)),
        Kind::Tuple(_, values) => write_sequence(values, indent, out),
        Kind::List(_, values) => within("tolist(", out, |out| write_sequence(values, indent, out)),
        Kind::Set(_, values) => within("toset(", out, |out| write_sequence(values, indent, out)),
        Kind::Map(..) => within("tomap(", out, |out| write_entries(value, indent, out)),
        Kind::Object(..) => write_entries(value, indent, out),
    }
}

fn within(open: &str, out: &mut String, write: impl FnOnce(&mut String)) {
    out.push_str(open);
    write(out);
    out.push(')');
}

fn null(ty: &Type) -> String {
    let of =
        |function: &str, element: &Type| format!("{function}(null) /* of {} */", element.friendly_name());
    match ty {
        Type::Dynamic => "null".to_owned(),
        Type::Bool => "tobool(null)".to_owned(),
        Type::Number => "tonumber(null)".to_owned(),
        Type::String => "tostring(null)".to_owned(),
        Type::List(element) => of("tolist", element),
        Type::Set(element) => of("toset", element),
        Type::Map(element) => of("tomap", element),
        Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.friendly_name()),
    }
}

/// A heredoc whose end mark is none of the lines.
fn write_lines(text: &str, indent: usize, out: &mut String) {
    let mut mark = "EOT".to_owned();
    while text.split('\n').any(|line| line.trim() == mark) {
        mark.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&mark);
    for line in text.split('\n').chain([mark.as_str()]) {
        break_line(indent, out);
        out.push_str(&visible(line));
    }
}

fn break_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn write_sequence(values: &[Value], indent: usize, out: &mut String) {
    out.push('[');
    for value in values {
        break_line(indent + 2, out);
        write_value(value, indent + 2, out);
        out.push(',');
    }
    if !values.is_empty() {
        break_line(indent, out);
    }
    out.push(']');
}

fn write_entries(value: &Value, indent: usize, out: &mut String) {
    let entries = value.entries().unwrap_or_default();
    out.push('{');
    for (key, value) in &entries {
        break_line(indent + 2, out);
        if key.contains('\n') {
            write_lines(key, indent + 2, out);
        } else {
            out.push_str(&quote(key));
        }
        out.push_str(" = ");
        write_value(value, indent + 2, out);
    }
    if !entries.is_empty() {
        break_line(indent, out);
    }
    out.push('}');
}

/// Outputs of the root module, a line or more for each; sensitive ones are not shown.
pub fn write_outputs(out: &mut dyn Write, outputs: &BTreeMap<Arc<str>, Output>) -> io::Result<()> {
    for (name, output) in outputs {
        let value = if output.sensitive { "<sensitive>".to_owned() } else { format_value(&output.value) };
        writeln!(out, "{name} = {value}")?;
    }
    Ok(())
}

/// The value without quotes, for scripts. `None` where it is no string, number or bool.
pub fn raw_value(value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    let text = convert(&value.unmark_deep(), &Type::String).ok()?;
    text.as_str().map(str::to_owned)
}
