//! Reads the JSON form of CLI configuration files.

use plumb_diagnostics::Diagnostic;
use plumb_source::{FileId, Span};
use serde_json::Value;

use super::tree::{Item, Key, Node, NodeKind};

/// Reads a file, which must hold one object.
pub(super) fn parse(text: &str, file: FileId) -> Result<Vec<Item>, Diagnostic> {
    let invalid = |detail: String, at: u32| {
        Diagnostic::error("Invalid CLI configuration file", detail).at(Span::new(file, at, at))
    };
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let at = offset(text, error.line(), error.column());
        invalid(format!("The file is not valid JSON: {error}."), at)
    })?;
    // The JSON reader does not tell where values stand, so they stand for the whole file.
    let span = Span::new(file, 0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    match convert(value, span).kind {
        NodeKind::Object(items) => Ok(items),
        _ => Err(invalid("The file must hold one JSON object.".to_owned(), 0)),
    }
}

fn offset(text: &str, line: usize, column: usize) -> u32 {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    u32::try_from((start + column.saturating_sub(1)).min(text.len())).unwrap_or(0)
}

/// The reader bounds nesting at 128, so this recursion is bounded as well.
fn convert(value: Value, span: Span) -> Node {
    let kind = match value {
        Value::Null => NodeKind::String(String::new()),
        Value::Bool(value) => NodeKind::Bool(value),
        Value::Number(number) => NodeKind::Number(number.to_string()),
        Value::String(text) => NodeKind::String(text),
        Value::Array(elements) => {
            NodeKind::List(elements.into_iter().map(|element| convert(element, span)).collect())
        }
        Value::Object(members) => NodeKind::Object(
            members
                .into_iter()
                .map(|(key, value)| Item {
                    keys: vec![Key { text: key, span }],
                    is_assigned: false,
                    value: convert(value, span),
                })
                .collect(),
        ),
    };
    Node { kind, span }
}
