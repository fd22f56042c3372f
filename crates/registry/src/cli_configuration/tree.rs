//! What a CLI configuration file says, whichever syntax it is written in.
//!
//! Responsible for the tree that the decoder reads. Repeated objects are kept as they were written:
//! what a repetition means depends on the setting.

use plumb_source::Span;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) span: Span,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum NodeKind {
    String(String),
    /// As written.
    Number(String),
    Bool(bool),
    List(Vec<Node>),
    Object(Vec<Item>),
}

/// `key "label" { ... }` or `key = value`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// The key and the labels behind it; never empty.
    pub(super) keys: Vec<Key>,
    /// Whether it was written with an equals sign, which the JSON form cannot tell.
    pub(super) is_assigned: bool,
    pub(super) value: Node,
}

/// A name or a quoted text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) span: Span,
}

impl Item {
    /// The first key.
    pub(super) fn name(&self) -> &str {
        self.keys.first().map_or("", |key| key.text.as_str())
    }

    /// From the first key to the last label.
    pub(super) fn header(&self) -> Span {
        self.keys.iter().fold(Span::NONE, |span, key| span.to(key.span))
    }
}

impl Node {
    /// What to call it in a message.
    pub(super) fn description(&self) -> &'static str {
        match self.kind {
            NodeKind::String(_) => "a string",
            NodeKind::Number(_) => "a number",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::List(_) => "a list",
            NodeKind::Object(_) => "a block",
        }
    }

    /// The objects that it is made of: itself, or the elements of a list as JSON writes repeated
    /// blocks. `None` where it is something else.
    pub(super) fn objects(&self) -> Option<Vec<(&[Item], Span)>> {
        match &self.kind {
            NodeKind::Object(items) => Some(vec![(items, self.span)]),
            NodeKind::List(elements) => {
                let mut all = Vec::new();
                for element in elements {
                    let NodeKind::Object(items) = &element.kind else { return None };
                    all.push((items.as_slice(), element.span));
                }
                Some(all)
            }
            NodeKind::String(_) | NodeKind::Number(_) | NodeKind::Bool(_) => None,
        }
    }
}
