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
                    // A brace behind these would begin a template.
                    let begins_template = matches!(character, '$' | '%') && text[at + 1..].starts_with('{');
                    match character {
                        '"' => out.write_str("\\\"")?,
                        '\\' => out.write_str("\\\\")?,
                        '\n' => out.write_str("\\n")?,
                        '\r' => out.write_str("\\r")?,
                        '\t' => out.write_str("\\t")?,
                        symbol if begins_template => write!(out, "{symbol}{symbol}")?,
                        other if is_printable(other) => write!(out, "{other}")?,
                        other if u32::from(other) < 0x1_0000 => write!(out, "\\u{:04x}", u32::from(other))?,
                        other => write!(out, "\\U{:08x}", u32::from(other))?,
                    }
                }
                out.write_str("\"]")
            }
        }
    }
}

/// Whether a character can be seen: letters, marks, numbers, punctuation, symbols and the space.
fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    // Behind a letter, the escaping for debugging leaves exactly these as they are.
    let shown: String = ['a', character].iter().collect();
    shown.escape_debug().eq(shown.chars())
}
