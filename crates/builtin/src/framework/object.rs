//! Objects while they are worked on.
//!
//! Responsible for getting and setting attributes by name.

use std::sync::Arc;

use plumb_value::{ObjectType, Type, Value};

/// An object whose attributes can be set.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    ty: Arc<ObjectType>,
    /// In the order of the type's attributes.
    pub(super) values: Vec<Value>,
    /// What attributes are that the type does not have.
    nothing: Value,
}

impl Object {
    pub(super) fn new(ty: Arc<ObjectType>, values: Vec<Value>) -> Object {
        Object { ty, values, nothing: Value::null(Type::Dynamic) }
    }

    /// An attribute.
    pub(crate) fn get(&self, name: &str) -> &Value {
        debug_assert!(self.ty.position(name).is_some(), "no attribute {name}");
        self.ty.position(name).map_or(&self.nothing, |at| &self.values[at])
    }

    /// An attribute that is a known text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).as_str()
    }

    /// An attribute that is a known whole number.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).as_number()?.to_i64()
    }

    /// An attribute that is known to be true or false.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).as_bool()
    }

    /// Whether an attribute is absent.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.get(name).is_null()
    }

    /// Whether an attribute is not known.
    pub(crate) fn is_unknown(&self, name: &str) -> bool {
        !self.get(name).is_known()
    }

    /// Gives an attribute a value.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        debug_assert!(self.ty.position(name).is_some(), "no attribute {name}");
        if let Some(at) = self.ty.position(name) {
            self.values[at] = value;
        }
    }

    /// Gives an attribute a text.
    pub(crate) fn set_text(&mut self, name: &str, text: impl Into<Arc<str>>) {
        self.set(name, Value::string(text));
    }

    /// Gives an attribute a whole number.
    pub(crate) fn set_integer(&mut self, name: &str, number: i64) {
        self.set(name, Value::number(number));
    }

    /// The object as it is now.
    pub(crate) fn into_value(self) -> Value {
        Value::object_of(self.ty, self.values)
    }

    /// Whether both have the same values.
    pub(super) fn same(&self, other: &Object) -> bool {
        self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(|(one, two)| one.same(two))
    }
}
