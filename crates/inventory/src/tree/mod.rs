//! What is in a file of YAML or JSON, with the place of everything in it.

mod json;
mod merge;
mod scalar;
mod yaml;

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use serde_json::{Map, Value};

pub(crate) use json::read_json;
pub use yaml::read_yaml;

pub use crate::sources::masked;

/// How deep values may be nested.
const DEPTH_MAX: usize = 128;
/// How many values a text may stand for, with aliases counted as often as they are used.
const VALUES_MAX: usize = 10_000_000;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Neither of the others.
    Scalar(Value),
    /// Something encrypted by Ansible.
    Vault,
    /// Values in order. What an alias means is shared.
    Sequence(Arc<Vec<Node>>),
    /// Values by name, in order.
    Mapping(Arc<Vec<Entry>>),
}

/// A named value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name.
    pub key: Arc<str>,
    /// Where the name stands.
    pub key_span: Span,
    /// What the key is without quotes, where that is no text: "number", for example.
    pub key_kind: Option<&'static str>,
    /// What has that name.
    pub value: Node,
}

impl Node {
    /// A value that stands nowhere by itself.
    pub fn of_value(value: Value, span: Span) -> Self {
        let kind = match value {
            Value::Array(elements) => {
                let each = elements.into_iter().map(|element| Node::of_value(element, span));
                Kind::Sequence(Arc::new(each.collect()))
            }
            Value::Object(entries) => {
                let each = entries.into_iter().map(|(key, value)| Entry {
                    key: key.into(),
                    key_span: span,
                    key_kind: None,
                    value: Node::of_value(value, span),
                });
                Kind::Mapping(Arc::new(each.collect()))
            }
            scalar => Kind::Scalar(scalar),
        };
        Node { span, kind }
    }

    /// Whether nothing is there.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Scalar(Value::Null))
    }

    /// The text that it is.
    pub fn as_text(&self) -> Option<&str> {
        if let Kind::Scalar(Value::String(text)) = &self.kind { Some(text) } else { None }
    }

    /// The entries of a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        if let Kind::Mapping(entries) = &self.kind { Some(entries) } else { None }
    }

    /// The last entry of that name.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().rev().find(|entry| &*entry.key == key)
    }

    /// The elements of a list.
    pub fn elements(&self) -> Option<&[Node]> {
        if let Kind::Sequence(elements) = &self.kind { Some(elements) } else { None }
    }

    /// What it is, in words.
    pub fn described(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(Value::Null) => "nothing",
            Kind::Scalar(Value::Bool(_)) => "a truth value",
            Kind::Scalar(Value::Number(_)) => "a number",
            Kind::Scalar(_) => "a text",
            Kind::Vault => "an encrypted value",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
        }
    }

    /// It without its places. What is encrypted is refused; `name` is what it is the value of.
    pub(crate) fn value(&self, name: &str, diagnostics: &mut Diagnostics) -> Option<Value> {
        Some(match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::Vault => {
                diagnostics.push(vault(&format!("the value of \"{name}\""), self.span));
                return None;
            }
            Kind::Sequence(elements) => {
                let each = elements.iter().map(|element| element.value(name, diagnostics));
                Value::Array(each.collect::<Option<_>>()?)
            }
            Kind::Mapping(entries) => {
                let mut values = Map::new();
                for entry in entries.iter() {
                    values.insert(entry.key.to_string(), entry.value.value(name, diagnostics)?);
                }
                Value::Object(values)
            }
        })
    }
}

/// The error about something that Ansible has encrypted.
pub fn vault(what: &str, at: Span) -> Diagnostic {
    let detail = format!(
        "Here {what} is encrypted with Ansible's vault, and nothing here can decrypt that. Decrypt it, with \
         \"ansible-vault decrypt\" for example, and take the value from elsewhere: from the output of a command, or with \
         -data on the command line."
    );
    Diagnostic::error("Ansible vault not supported", detail).at(at)
}

/// What the first line of a file that Ansible has encrypted begins with.
pub const VAULT_HEADER: &str = "$ANSIBLE_VAULT;";
