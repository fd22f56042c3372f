//! JSON with places.
//!
//! The reader of JSON keeps no places; but what it borrows from the text lies somewhere in it, and that is where it
//! stands.

use std::fmt;
use std::sync::Arc;

use plumb_diagnostics::Diagnostic;
use plumb_source::{FileId, Span};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{DEPTH_MAX, Entry, Kind, Node};

/// Reads a whole text.
///
/// # Errors
/// What is wrong with it, in its place.
pub(crate) fn read_json(file: FileId, text: &str) -> Result<Node, Diagnostic> {
    let reader = Reader { file, text };
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| reader.refused(&error))?;
    reader.node(raw, 0)
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn refused(&self, error: &serde_json::Error) -> Diagnostic {
        let full = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let what = full.strip_suffix(&place).unwrap_or(&full);
        let lines = self.text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let start: usize = lines.map(str::len).sum();
        let at = (start + error.column().saturating_sub(1)).min(self.text.len()) as u32;
        Diagnostic::error("Invalid JSON", format!("This cannot be read as JSON: {what}.")).at(Span::new(
            self.file,
            at,
            at + 1,
        ))
    }

    fn span(&self, part: &str) -> Span {
        let start = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if start > self.text.len() {
            return Span::NONE;
        }
        Span::new(self.file, start as u32, (start + part.len()) as u32)
    }

    fn node(&self, raw: &'a RawValue, depth: usize) -> Result<Node, Diagnostic> {
        let text = raw.get();
        let span = self.span(text);
        if depth > DEPTH_MAX {
            let detail = format!("Values are nested deeper than {DEPTH_MAX} levels here.");
            return Err(Diagnostic::error("Values nested too deeply", detail).at(span));
        }
        let refused = |error: &serde_json::Error| {
            let detail = format!("This value cannot be read: {error}.");
            Diagnostic::error("Invalid JSON", detail).at(span)
        };
        let kind = match text.as_bytes().first() {
            Some(b'{') => {
                let entries: Entries<'a> = serde_json::from_str(text).map_err(|error| refused(&error))?;
                let mut end = span.start;
                let mut read = Vec::with_capacity(entries.0.len());
                for (key, value) in entries.0 {
                    let node = self.node(value, depth + 1)?;
                    let key_span = self.key_span(end, node.span.start);
                    end = node.span.end;
                    read.push(Entry { key: key.into(), key_span, key_kind: None, value: node });
                }
                Kind::Mapping(Arc::new(read))
            }
            Some(b'[') => {
                let elements: Vec<&'a RawValue> =
                    serde_json::from_str(text).map_err(|error| refused(&error))?;
                let nodes: Result<_, _> = elements.into_iter().map(|raw| self.node(raw, depth + 1)).collect();
                Kind::Sequence(Arc::new(nodes?))
            }
            _ => {
                let value: Value = serde_json::from_str(text).map_err(|error| refused(&error))?;
                Kind::Scalar(value)
            }
        };
        Ok(Node { span, kind })
    }

    /// The key that stands somewhere between two values.
    fn key_span(&self, from: u32, to: u32) -> Span {
        let between = self.text.get(from as usize..to as usize).unwrap_or_default();
        match (between.find('"'), between.rfind('"')) {
            (Some(start), Some(end)) => Span::new(self.file, from + start as u32, from + end as u32 + 1),
            _ => Span::NONE,
        }
    }
}

/// An object with all of its entries, in order.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Entries<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_place() {
        let text = r#"{ "a\"b": [1, {"c": "é\u00e9"}], "d" : null }"#;
        let node = read_json(FileId(0), text).expect("JSON");
        let slice = |span: Span| &text[span.start as usize..span.end as usize];
        let entries = node.entries().expect("an object");
        assert_eq!(slice(entries[0].key_span), r#""a\"b""#);
        assert_eq!((&*entries[0].key, slice(entries[1].key_span)), ("a\"b", r#""d""#));
        let inside = &entries[0].value.elements().expect("a list")[1].entries().expect("an object")[0];
        assert_eq!((slice(inside.value.span), inside.value.as_text()), (r#""é\u00e9""#, Some("éé")));
    }

    #[test]
    fn what_is_wrong_is_told_in_its_place() {
        let error = read_json(FileId(0), "{\n  \"a\": 1,\n}").expect_err("no JSON");
        assert_eq!(error.subject.expect("a place").start, 12);
        for text in ["", "[", "{\"a\":1} x", &"[".repeat(100_000)] {
            read_json(FileId(0), text).expect_err("no JSON");
        }
    }
}
