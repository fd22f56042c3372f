//! `{ key = value }`.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_diagnostics::Diagnostic;
use plumb_value::{Marks, Type, Value, convert};

use super::Evaluator;
use crate::node::{Node, ObjectItem};

impl Evaluator<'_> {
    pub(super) fn object(&mut self, items: &[ObjectItem]) -> Value {
        let mut attributes: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut marks = Marks::NONE;
        // Without all keys not even the type of the result is known.
        let mut is_known = true;
        for item in items {
            let before = self.found.len();
            let key = self.node(&item.key);
            let has_key = !self.has_errors_since(before);
            let value = self.node(&item.value);
            match has_key.then(|| self.object_key(&key, item)).flatten() {
                Some((key, key_marks)) => {
                    marks |= key_marks;
                    match key {
                        Some(name) => {
                            attributes.insert(name, value);
                        }
                        None => is_known = false,
                    }
                }
                None => is_known = false,
            }
        }
        if is_known {
            Value::object(attributes).with_marks(marks)
        } else {
            // The marks of keys that are not known yet come with them, as with the peers.
            Value::dynamic()
        }
    }

    /// The name that a key stands for, as far as it is known, and the key's marks; nothing where it
    /// is no key, which is reported.
    fn object_key(&mut self, key: &Value, item: &ObjectItem) -> Option<(Option<Arc<str>>, Marks)> {
        if key.is_null() {
            let error = Diagnostic::error("Null value as key", "Can't use a null value as a key.");
            self.fail(error.at(item.key.span), &item.key);
            return None;
        }
        match convert(key, &Type::String) {
            Ok(text) => Some((text.as_text().cloned(), key.marks())),
            Err(error) => {
                let detail = format!("Can't use this value as a key: {error}.");
                self.fail(Diagnostic::error("Incorrect key type", detail).at(item.key.span), &item.key);
                None
            }
        }
    }

    pub(super) fn ambiguous_key(&mut self, node: &Node) -> Value {
        let error = Diagnostic::error(
            "Ambiguous attribute key",
            "A name with dots on the left side may be meant as a reference or as a text. Write it in parentheses to \
             refer to something, or in quotes for a name that contains dots.",
        );
        self.fail(error.at(node.span), node)
    }
}
