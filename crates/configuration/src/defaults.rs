//! Defaults of optional attributes in a type constraint.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_value::{Kind, Value};

/// Defaults inside a type, laid out like the type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeDefaults {
    /// Of an object's attributes: what to take where one is missing or null.
    pub attributes: BTreeMap<Arc<str>, Value>,
    /// Inside an object's attributes.
    pub children: BTreeMap<Arc<str>, TypeDefaults>,
    /// Inside the elements of a list, set or map.
    pub element: Option<Box<TypeDefaults>>,
    /// Inside the elements of a tuple, by position.
    pub positions: BTreeMap<usize, TypeDefaults>,
}

impl TypeDefaults {
    /// Whether there are none anywhere.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
            && self.children.is_empty()
            && self.element.is_none()
            && self.positions.is_empty()
    }

    /// The value with everything filled in that is missing. It still has to be converted: elements
    /// of collections may have got different types.
    pub fn apply(&self, value: &Value) -> Value {
        if self.is_empty() || value.is_null() || !value.is_known() {
            return value.clone();
        }
        let applied = match value.kind() {
            Kind::Object(..) | Kind::Map(..) if self.element.is_none() => self.apply_object(value),
            Kind::Object(..) | Kind::Map(..) => {
                let entries = value.entries().unwrap_or_default();
                Value::object(
                    entries.into_iter().map(|(key, value)| (key.clone(), self.apply_element(0, value))),
                )
            }
            Kind::List(_, values) | Kind::Set(_, values) | Kind::Tuple(_, values) => {
                Value::tuple(values.iter().enumerate().map(|(at, value)| self.apply_element(at, value)))
            }
            Kind::Null(_) | Kind::Unknown(..) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
                value.clone()
            }
        };
        applied.with_marks(value.marks())
    }

    fn apply_element(&self, at: usize, value: &Value) -> Value {
        match self.element.as_deref().or_else(|| self.positions.get(&at)) {
            Some(defaults) => defaults.apply(value),
            None => value.clone(),
        }
    }

    fn apply_object(&self, value: &Value) -> Value {
        let mut attributes: BTreeMap<Arc<str>, Value> = value
            .entries()
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        for (name, default) in &self.attributes {
            if attributes.get(name).is_none_or(Value::is_null) {
                attributes.insert(name.clone(), default.clone());
            }
        }
        for (name, child) in &self.children {
            if let Some(value) = attributes.get_mut(name) {
                *value = child.apply(value);
            }
        }
        Value::object(attributes)
    }
}
