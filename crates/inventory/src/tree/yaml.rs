//! YAML with places.
//!
//! The grammar is left to a parser; here its events become nodes. What plain words stand for is as PyYAML has it,
//! for that is what people try their inventories with.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Tag};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{FileId, Span};
use serde_json::Value;

use super::merge::merged;
use super::{DEPTH_MAX, Entry, Kind, Node, VALUES_MAX, scalar};
use crate::name::quoted;

/// Reads a text with one document, or none, which is null.
///
/// # Errors
/// What is wrong with it, in its place.
pub fn read_yaml(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Result<Node, Diagnostic> {
    let mut document = Document { file, diagnostics, open: Vec::new(), anchors: HashMap::new(), root: None };
    for event in Parser::new_from_str_with_options(text, as_libyaml()) {
        let (event, place) = event.map_err(|error| syntax_error(file, text, &error))?;
        let place = place.byte_range().unwrap_or_default();
        let span = Span::new(file, place.start as u32, place.end.max(place.start) as u32);
        document.take(event, span).map_err(|why| invalid(&why, span))?;
    }
    Ok(document
        .root
        .map_or(Node { span: Span::new(file, 0, 0), kind: Kind::Scalar(Value::Null) }, |root| root.node))
}

/// Where libyaml reads otherwise than the specification says, so does Ansible.
fn as_libyaml() -> Options {
    granit_parser::options! {
        bom_inside_document_as_content: true,
        block_scalar_eof_without_line_feed: true,
    }
}

fn syntax_error(file: FileId, text: &str, error: &ScanError) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len()) as u32;
    invalid(&error.info(), Span::new(file, at, at + 1))
}

fn invalid(why: &str, span: Span) -> Diagnostic {
    Diagnostic::error("Invalid YAML", format!("This cannot be read as YAML: {why}.")).at(span)
}

/// A node and how many values it consists of, itself included.
#[derive(Clone)]
struct Counted {
    node: Node,
    count: usize,
}

/// A node's anchor; the parser numbers them, and each has another number.
type Anchor = usize;

/// The number of what has no anchor.
const NO_ANCHOR: Anchor = 0;

/// What has been read so far.
struct Document<'d> {
    file: FileId,
    diagnostics: &'d mut Diagnostics,
    /// Collections that have begun, from the outside in.
    open: Vec<Open>,
    anchors: HashMap<Anchor, Counted>,
    root: Option<Counted>,
}

/// A collection that has begun.
struct Open {
    anchor: Anchor,
    span: Span,
    parts: Parts,
    count: usize,
}

enum Parts {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, merges: Vec<Node>, key: Option<Key> },
}

/// What a mapping's next value is for.
enum Key {
    Name {
        key: Arc<str>,
        span: Span,
        kind: Option<&'static str>,
    },
    /// The entries of the value belong to the mapping.
    Merge,
}

impl Document<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), span)
            }
            Event::Alias(anchor) => {
                self.refuse_key()?;
                let meant = self.anchors.get(&anchor).cloned();
                let meant = meant.ok_or("an alias cannot stand inside of what it means")?;
                self.complete(NO_ANCHOR, meant)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(anchor, tag.as_deref(), "seq", span, Parts::Sequence(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let parts = Parts::Mapping { entries: Vec::new(), merges: Vec::new(), key: None };
                self.open(anchor, tag.as_deref(), "map", span, parts)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::DocumentStart(..) if self.root.is_some() => {
                Err("there is a second document, and only one is read".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: Anchor,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), String> {
        let tag = tag.map(full_name);
        let is_plain = style == ScalarStyle::Plain;
        if self.wants_key() && is_plain && text == "<<" && tag.is_none() {
            self.set_key(Key::Merge);
            return Ok(());
        }
        let kind = scalar::kind(tag.as_deref(), text, is_plain)?;
        let node = Node { span, kind };
        if self.wants_key() {
            let key = key_of(&node, text)?;
            let kind = match &node.kind {
                Kind::Scalar(Value::String(_)) => None,
                _ => Some(node.described()),
            };
            self.set_key(Key::Name { key, span, kind });
            return Ok(());
        }
        self.complete(anchor, Counted { node, count: 1 })
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { parts: Parts::Mapping { key: None, .. }, .. }))
    }

    fn refuse_key(&self) -> Result<(), String> {
        if self.wants_key() { Err("only a text can be a key here".to_owned()) } else { Ok(()) }
    }

    fn set_key(&mut self, next: Key) {
        if let Some(Open { parts: Parts::Mapping { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(next);
        }
    }

    fn open(
        &mut self,
        anchor: Anchor,
        tag: Option<&Tag>,
        own: &str,
        span: Span,
        parts: Parts,
    ) -> Result<(), String> {
        self.refuse_key()?;
        let allowed = format!("{}{own}", scalar::YAML_TAG);
        if let Some(tag) = tag.map(full_name).filter(|tag| *tag != allowed && tag != "!unsafe") {
            return Err(format!("the tag {} is not known here", quoted(&tag)));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(format!("values are nested deeper than {DEPTH_MAX} levels"));
        }
        self.open.push(Open { anchor, span, parts, count: 1 });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), String> {
        let Some(Open { anchor, span, parts, count }) = self.open.pop() else { return Ok(()) };
        let kind = match parts {
            Parts::Sequence(nodes) => Kind::Sequence(Arc::new(nodes)),
            Parts::Mapping { entries, merges, .. } => {
                Kind::Mapping(Arc::new(merged(entries, merges, self.diagnostics)?))
            }
        };
        let node = Node { span: Span::new(self.file, span.start, end.end.max(span.end)), kind };
        self.complete(anchor, Counted { node, count })
    }

    /// Puts a node where it belongs.
    fn complete(&mut self, anchor: Anchor, whole: Counted) -> Result<(), String> {
        if anchor != NO_ANCHOR {
            self.anchors.insert(anchor, whole.clone());
        }
        let Some(outer) = self.open.last_mut() else {
            self.root = Some(whole);
            return Ok(());
        };
        outer.count = outer.count.saturating_add(whole.count);
        if outer.count > VALUES_MAX {
            return Err(format!("the text stands for more than {VALUES_MAX} values"));
        }
        match &mut outer.parts {
            Parts::Sequence(nodes) => nodes.push(whole.node),
            Parts::Mapping { entries, merges, key } => match key.take() {
                Some(Key::Name { key, span, kind }) => {
                    entries.push(Entry { key, key_span: span, key_kind: kind, value: whole.node });
                }
                Some(Key::Merge) => merges.push(whole.node),
                // `wants_key` has been asked before.
                None => {}
            },
        }
        Ok(())
    }
}

/// A tag with its shorthand spelled out.
fn full_name(tag: &Tag) -> String {
    format!("{}{}", tag.handle(), tag.suffix())
}

/// The name that a key is, in the spelling of JSON where it is no text.
fn key_of(node: &Node, text: &str) -> Result<Arc<str>, String> {
    match &node.kind {
        Kind::Scalar(Value::String(text)) => Ok(text.as_str().into()),
        Kind::Scalar(Value::Null) if text.is_empty() => Err("a key is missing".to_owned()),
        Kind::Scalar(value) => Ok(value.to_string().into()),
        Kind::Vault | Kind::Sequence(_) | Kind::Mapping(_) => Err("only a text can be a key here".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Value, Diagnostic> {
        let mut diagnostics = Diagnostics::new();
        let node = read_yaml(FileId(0), text, &mut diagnostics)?;
        node.value("test", &mut diagnostics).ok_or_else(|| diagnostics.into_iter().next().expect("a reason"))
    }

    #[test]
    fn documents_are_values() {
        let cases = [
            ("", json!(null)),
            ("a: 1\nb: [x, yes, ~]\n", json!({"a": 1, "b": ["x", true, null]})),
            (
                "a: &x {c: 1, d: 2}\nb: {<<: *x, d: 3}\n",
                json!({"a": {"c": 1, "d": 2}, "b": {"c": 1, "d": 3}}),
            ),
            (
                "a: &x {c: 1}\nb: &y {c: 2}\nd: {<<: [*x, *y]}\n",
                json!({"a": {"c": 1}, "b": {"c": 2}, "d": {"c": 1}}),
            ),
            ("a: !unsafe '{{ x }}'\nb: |\n  two\n  lines\n", json!({"a": "{{ x }}", "b": "two\nlines\n"})),
            ("1: a\ntrue: b\n", json!({"1": "a", "true": "b"})),
        ];
        for (text, value) in cases {
            assert_eq!(read(text).expect(text), value, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let deep = "[".repeat(100_000);
        let mut wide = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            wide.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        let cases = [
            ("a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  66\n", "encrypted"),
            ("a: !custom x\n", "not known"),
            ("a: 1\n---\nb: 2\n", "second document"),
            ("a: &x [*x]\n", "inside of what it means"),
            ("[a]: b\n", "only a text"),
            ("a: {<<: x}\n", "must stand before a mapping"),
            ("a: [1\n", ""),
            (&deep, ""),
            (&wide, "more than"),
        ];
        for (text, why) in cases {
            let said = read(text).expect_err("no value");
            assert!(said.detail.contains(why) && said.subject.is_some(), "{}: {}", text.len(), said.detail);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[ab:\\-\\n \\[\\]{},&*!'\"|>#?%<~0-9]{0,40}") {
            let _ = read(&text);
        }
    }
}
