//! What values and references are called in messages.
//!
//! Nothing here may give away what is sensitive: of values that are marked so, or of anything inside
//! others, only the outline is told.

use plumb_value::{Kind, Type, Value};

use crate::evaluate::Evaluator;
use crate::expression::Mention;
use crate::node::{Node, NodeKind, Step};

/// An index as it is written between brackets.
pub(crate) fn key_text(key: &Value) -> String {
    match key.kind() {
        Kind::String(text) => quote(text),
        Kind::Number(number) => number.to_string(),
        Kind::Bool(value) => value.to_string(),
        Kind::Null(_) => "null".to_owned(),
        _ => "...".to_owned(),
    }
}

/// Text in quotes with escapes, as messages show it.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if other.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// What a known value is, in few words: `"x"`, `list of string with 2 elements`.
pub fn outline(value: &Value) -> String {
    let ty = value.ty();
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    match value.kind() {
        Kind::Null(_) => "null".to_owned(),
        Kind::Unknown(..) => "(not yet known)".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => number.to_string(),
        Kind::String(text) => quote(text),
        Kind::List(_, parts) | Kind::Set(_, parts) | Kind::Tuple(_, parts) => {
            sequence(&ty, parts.len(), counted)
        }
        Kind::Map(_, entries) => sequence(&ty, entries.len(), counted),
        Kind::Object(object, _) => match object.attributes() {
            [] => "object with no attributes".to_owned(),
            [(name, _)] => format!("object with 1 attribute {}", quote(name)),
            all => format!("object with {}", counted(all.len(), "attribute")),
        },
    }
}

fn sequence(ty: &Type, count: usize, counted: impl Fn(usize, &str) -> String) -> String {
    match count {
        0 => format!("empty {}", ty.friendly_name()),
        count => format!("{} with {}", ty.friendly_name(), counted(count, "element")),
    }
}

/// The limits within which an unknown value will be, in few words.
fn unknown_outline(value: &Value) -> String {
    let ty = value.ty();
    let name = ty.friendly_name();
    // Larger bounds would only distract.
    const LARGEST_BOUND: u64 = 1024;
    let limits = value.refinement().cloned().unwrap_or_default();
    let length = match (limits.length_min.unwrap_or(0), limits.length_max.unwrap_or(u64::MAX)) {
        _ if !ty.is_collection() => None,
        (minimum, maximum) if minimum == maximum => Some(format!("of length {minimum}")),
        (minimum, maximum) if minimum > 0 && maximum <= LARGEST_BOUND => {
            Some(format!("with between {minimum} and {maximum} elements"))
        }
        (minimum, _) if minimum > 0 => Some(format!("with at least {minimum} elements")),
        (_, maximum) if maximum <= LARGEST_BOUND => Some(format!("with up to {maximum} elements")),
        _ => None,
    };
    match length {
        Some(length) => format!("is {} {length}, known only after apply", with_article(&name)),
        None => format!("is {}, known only after apply", with_article(&name)),
    }
}

/// The name of a type as a word of a sentence.
fn with_article(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}

/// Finds what the references in a part of an expression stand for.
pub(crate) struct Shown<'e, 'a> {
    pub(crate) evaluator: &'e Evaluator<'a>,
    pub(crate) mention: Mention,
}

impl Shown<'_, '_> {
    /// Each reference with a statement about its value, ordered by the references' texts.
    pub(crate) fn values(&self, node: &Node) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            match &node.kind {
                NodeKind::Traverse { base, steps } => {
                    self.add(base, steps, &mut found);
                    // The base is dealt with; keys and what is below other bases are not.
                    pending.extend(node.children().into_iter().filter(|child| {
                        !std::ptr::eq(*child, &raw const **base) || self.root(base).is_none()
                    }));
                }
                NodeKind::Reference(_) | NodeKind::Slot { .. } | NodeKind::ContextLocal(_) => {
                    self.add(node, &[], &mut found);
                }
                _ => pending.extend(node.children()),
            }
        }
        found.sort();
        found.dedup_by(|one, two| one.0 == two.0);
        found
    }

    /// Name and value of what a traversal starts from; and whether it may be shown without steps.
    fn root(&self, node: &Node) -> Option<(String, Value, bool)> {
        match &node.kind {
            NodeKind::Reference(at) => {
                let text = self.evaluator.references.get(*at)?.text.to_string();
                let is_whole = text != "self";
                Some((text, self.evaluator.inputs.get(*at)?.clone(), is_whole))
            }
            NodeKind::Slot { slot, name } => {
                Some((name.to_string(), self.evaluator.slots.get(*slot)?.clone(), false))
            }
            NodeKind::ContextLocal(name) => Some((name.to_string(), self.evaluator.local(name), false)),
            _ => None,
        }
    }

    fn add(&self, base: &Node, steps: &[Step], found: &mut Vec<(String, String)>) {
        let Some((mut text, mut value, mut is_shown)) = self.root(base) else { return };
        // As far as literal steps lead to something.
        for step in steps {
            let next = match step {
                Step::Attribute { name, .. } => crate::access::attribute(&value, name).ok(),
                Step::Index { key, .. } => crate::access::index(&value, key).ok(),
                Step::ComputedIndex { .. } | Step::Splat { .. } => None,
            };
            let Some(next) = next else { break };
            value = next;
            is_shown = true;
            match step {
                Step::Attribute { name, .. } => text.push_str(&format!(".{name}")),
                Step::Index { key, .. } => text.push_str(&format!("[{}]", key_text(key))),
                Step::ComputedIndex { .. } | Step::Splat { .. } => {}
            }
        }
        if is_shown && let Some(statement) = self.statement(&value) {
            found.push((text, statement));
        }
    }

    fn statement(&self, value: &Value) -> Option<String> {
        if value.marks().is_sensitive() {
            return self.mention.sensitive.then(|| "has a sensitive value".to_owned());
        }
        match value.kind() {
            Kind::Unknown(Type::Dynamic, _) => {
                self.mention.unknown.then(|| "will be known only after apply".to_owned())
            }
            Kind::Unknown(ty, _) if !self.mention.unknown => {
                Some(format!("is {}", with_article(&ty.friendly_name())))
            }
            Kind::Unknown(..) => Some(unknown_outline(value)),
            _ => Some(format!("is {}", outline(value))),
        }
    }
}
