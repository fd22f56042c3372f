//! Text with interpolations and directives.

use plumb_diagnostics::Diagnostic;
use plumb_value::{Kind, Marks, Type, Value, convert};

use super::Evaluator;
use super::prefix::certain_prefix;
use super::walk::Collection;
use crate::node::{For, Node};

impl Evaluator<'_> {
    pub(super) fn template(&mut self, parts: &[Node], node: &Node) -> Value {
        let before = self.found.len();
        let mut text = String::new();
        let mut marks = Marks::NONE;
        let mut is_known = true;
        for part in parts {
            let value = self.node(part);
            if value.is_null() {
                let detail =
                    "The expression result is null. Cannot include a null value in a string template.";
                let error = Diagnostic::error("Invalid template interpolation value", detail);
                self.fail(error.at(part.span).within(node.span), part);
                continue;
            }
            marks |= value.marks();
            if !value.is_known() {
                is_known = false;
                continue;
            }
            let piece = match value.kind() {
                Kind::String(piece) => Ok(piece.clone()),
                _ => convert(&value, &Type::String)
                    .map(|value| value.as_text().cloned().unwrap_or_else(|| "".into())),
            };
            match piece {
                // Behind something unknown only errors are looked for: the text is a prefix then.
                Ok(piece) if is_known => text.push_str(&piece),
                Ok(_) => {}
                Err(error) => {
                    let detail = format!("Cannot include the given value in a string template: {error}.");
                    let error = Diagnostic::error("Invalid template interpolation value", detail);
                    self.fail(error.at(part.span).within(node.span), part);
                }
            }
        }
        let value = if is_known {
            Value::string(text)
        } else if self.has_errors_since(before) {
            Value::unknown(Type::String).refine_not_null()
        } else {
            match certain_prefix(&text).as_str() {
                "" => Value::unknown(Type::String).refine_not_null(),
                prefix => Value::unknown_with_prefix(prefix),
            }
        };
        value.with_marks(marks)
    }

    /// The texts that a `%{ for }` directive makes.
    pub(super) fn template_join(&mut self, walk: &For, node: &Node) -> Value {
        let (elements, mut marks) = match self.collection(walk, node) {
            Collection::Elements(elements, marks) => (elements, marks),
            Collection::Unknown(marks) => return Value::unknown(Type::String).with_marks(marks),
            Collection::Failed => return Value::unknown(Type::String),
        };
        let mut text = String::new();
        let mut is_known = true;
        for (key, element) in elements {
            let bound = self.bind(walk, key, element);
            let value = self.node(&walk.value);
            self.slots.truncate(bound);
            marks |= value.marks();
            match value.as_str() {
                Some(piece) => text.push_str(piece),
                None => is_known = false,
            }
        }
        let value = if is_known { Value::string(text) } else { Value::unknown(Type::String) };
        value.with_marks(marks)
    }
}
