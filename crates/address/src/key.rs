//! What tells the instances of one object apart.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use plumb_value::Value;

/// Key of an instance: none, a number from `count`, or a string from `for_each`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum InstanceKey {
    /// The only instance of an object without repetition.
    #[default]
    None,
    /// From `count`.
    Int(i64),
    /// From `for_each`.
    String(Arc<str>),
}

impl InstanceKey {
    /// The key as a value of the language; `None` where there is no key.
    pub fn value(&self) -> Option<Value> {
        match self {
            InstanceKey::None => None,
            InstanceKey::Int(number) => Some(Value::number(*number)),
            InstanceKey::String(text) => Some(Value::string(text.clone())),
        }
    }

    /// The key that an index value names; `None` where it is no known string or whole number.
    pub fn from_value(value: &Value) -> Option<InstanceKey> {
        if let Some(text) = value.as_text() {
            return Some(InstanceKey::String(text.clone()));
        }
        value.as_number().and_then(plumb_value::Number::to_i64).map(InstanceKey::Int)
    }
}

/// No key first, then numbers, then strings.
impl Ord for InstanceKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (InstanceKey::None, InstanceKey::None) => Ordering::Equal,
            (InstanceKey::None, _) => Ordering::Less,
            (_, InstanceKey::None) => Ordering::Greater,
            (InstanceKey::Int(one), InstanceKey::Int(two)) => one.cmp(two),
            (InstanceKey::Int(_), InstanceKey::String(_)) => Ordering::Less,
            (InstanceKey::String(_), InstanceKey::Int(_)) => Ordering::Greater,
            (InstanceKey::String(one), InstanceKey::String(two)) => one.cmp(two),
        }
    }
}

impl PartialOrd for InstanceKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `[0]`, `["a"]` or nothing.
impl fmt::Display for InstanceKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::None => Ok(()),
            InstanceKey::Int(number) => write!(out, "[{number}]"),
            InstanceKey::String(text) => {
                out.write_str("[\"")?;
                for (at, character) in text.char_indices() {
                    match character {
                        '"' => out.write_str("\\\"")?,
                        '\\' => out.write_str("\\\\")?,
                        '\n' => out.write_str("\\n")?,
                        '\r' => out.write_str("\\r")?,
                        '\t' => out.write_str("\\t")?,
                        // A brace behind these would begin a template.
                        '$' | '%' if text[at + 1..].starts_with('{') => write!(out, "{character}{character}")?,
                        other => write!(out, "{other}")?,
                    }
                }
                out.write_str("\"]")
            }
        }
    }
}
