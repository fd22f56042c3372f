//! Values as the console shows them, which tells types, nulls, unknown and sensitive values apart.

use std::fmt::Write as _;

use plumb_value::{Kind, Type, Value};

/// The value as the console shows it.
pub(crate) fn shown(value: &Value, indent: usize) -> String {
    if !value.is_known() {
        return "(known after apply)".to_owned();
    }
    if value.marks().is_sensitive() {
        return "(sensitive value)".to_owned();
    }
    if value.marks().is_ephemeral() {
        return "(ephemeral value)".to_owned();
    }
    match value.kind() {
        Kind::Null(ty) => match ty {
            Type::Dynamic => "null".to_owned(),
            Type::Bool | Type::Number | Type::String => format!("to{ty}(null)"),
            Type::List(element) => format!("tolist(null) /* of {} */", element.friendly_name()),
            Type::Set(element) => format!("toset(null) /* of {} */", element.friendly_name()),
            Type::Map(element) => format!("tomap(null) /* of {} */", element.friendly_name()),
            Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.friendly_name()),
        },
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) if !number.is_finite() => {
            if number.is_negative() { "-Inf" } else { "+Inf" }.to_owned()
        }
        Kind::Number(number) => number.to_string(),
        Kind::String(text) => quoted(text, indent),
        Kind::List(..) => format!("tolist({})", sequence(value, indent)),
        Kind::Set(..) => format!("toset({})", sequence(value, indent)),
        Kind::Tuple(..) => sequence(value, indent),
        Kind::Map(..) => format!("tomap({})", table(value, indent)),
        Kind::Object(..) => table(value, indent),
        Kind::Unknown(..) => String::new(),
    }
}

fn quoted(text: &str, indent: usize) -> String {
    if text.contains('\n') {
        let (dash, margin) = if indent == 0 { ("", String::new()) } else { ("-", " ".repeat(indent)) };
        let body: String = text.split('\n').map(|line| format!("{margin}{line}\n")).collect();
        let mut mark = "EOT".to_owned();
        while text.split('\n').any(|line| line.trim() == mark) {
            mark.push('_');
        }
        return format!("<<{dash}{mark}\n{body}{margin}{mark}");
    }
    plumb_value::quote(text)
}

fn sequence(value: &Value, indent: usize) -> String {
    let parts = value.as_sequence().unwrap_or_default();
    if parts.is_empty() {
        return "[]".to_owned();
    }
    let margin = " ".repeat(indent + 2);
    let lines: String = parts.iter().fold(String::new(), |mut lines, part| {
        let _ = writeln!(lines, "{margin}{},", shown(part, indent + 2));
        lines
    });
    format!("[\n{lines}{}]", " ".repeat(indent))
}

fn table(value: &Value, indent: usize) -> String {
    let entries = value.entries().unwrap_or_default();
    if entries.is_empty() {
        return "{}".to_owned();
    }
    let margin = " ".repeat(indent + 2);
    let lines: String = entries.iter().fold(String::new(), |mut lines, (name, part)| {
        let _ = writeln!(lines, "{margin}{} = {}", quoted(name, indent + 2), shown(part, indent + 2));
        lines
    });
    format!("{{\n{lines}{}}}", " ".repeat(indent))
}
