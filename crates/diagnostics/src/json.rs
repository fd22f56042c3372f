//! Diagnostics for programs, in the public format that validation and streamed messages share.

use plumb_source::{Position, SourceMap};
use serde_json::{Map, Value, json};

use crate::snippet::{Excerpt, Place};
use crate::{Diagnostic, Severity};

/// The diagnostic as a JSON object. Keys that do not apply are left out.
pub fn render_json(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let mut members = Map::new();
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    members.insert("severity".into(), severity.into());
    members.insert("summary".into(), diagnostic.summary.clone().into());
    members.insert("detail".into(), diagnostic.detail.clone().into());
    if let Some(address) = &diagnostic.address {
        members.insert("address".into(), address.clone().into());
    }
    if let Some(place) = Place::of_diagnostic(diagnostic, sources) {
        members.insert("range".into(), range(&place));
        if let Some(excerpt) = Excerpt::of(&place.file, place.subject, diagnostic.context) {
            members.insert("snippet".into(), snippet(diagnostic, &place, excerpt));
        }
    }
    Value::Object(members)
}

fn range(place: &Place) -> Value {
    let subject = place.subject;
    // An empty range would be drawn as nothing at all.
    let end = if subject.is_empty() { subject.end.saturating_add(1) } else { subject.end };
    json!({
        "filename": &*place.file.path,
        "start": position(place.file.position(subject.start)),
        "end": position(place.file.position(end)),
    })
}

fn position(position: Position) -> Value {
    json!({ "line": position.line, "column": position.column, "byte": position.byte })
}

fn snippet(diagnostic: &Diagnostic, place: &Place, excerpt: Excerpt) -> Value {
    let values: Vec<Value> = diagnostic
        .values
        .iter()
        .map(|(traversal, statement)| json!({ "traversal": traversal, "statement": statement }))
        .collect();
    let mut snippet = json!({
        "context": place.block,
        "code": excerpt.code,
        "start_line": excerpt.start_line,
        "highlight_start_offset": excerpt.highlight.start,
        "highlight_end_offset": excerpt.highlight.end,
        "values": values,
    });
    if let (Some(function), Some(members)) = (&diagnostic.function, snippet.as_object_mut()) {
        members.insert("function_call".into(), json!({ "called_as": function }));
    }
    snippet
}
