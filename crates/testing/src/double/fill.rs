//! What nobody configures, filled in.
//!
//! Responsible for which parts of an object a provider would have come up with, and for the values that
//! take their place: those that the test says, otherwise made up ones.

use plumb_schema::{Attribute, Block, NestedBlock, NestedType};
use plumb_value::{Path, Type, Value, convert};

use super::generate::Generator;

/// Which parts are filled in, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filling {
    /// What is not set will be known later.
    Unknown,
    /// What is not set gets a value.
    Unset,
    /// What is not known gets a value; it was not set.
    NotKnown,
}

/// Fills in what nobody configures.
pub(crate) struct Filler<'a> {
    pub(crate) generator: Generator,
    /// The object's address, so that objects differ.
    pub(crate) object: &'a str,
    pub(crate) filling: Filling,
    /// Values that do not fit, to be told of.
    pub(crate) problems: Vec<(Path, String)>,
}

impl Filler<'_> {
    /// Fills in an object of a block's type. `given` are the values that the test says.
    pub(crate) fn block(
        &mut self,
        block: &Block,
        current: &Value,
        given: Option<&Value>,
        path: &Path,
    ) -> Value {
        if current.is_null() || !current.is_known() {
            return current.clone();
        }
        let given = given.filter(|given| given.is_known() && !given.is_null());
        let ty = block.object_type().clone();
        let mut values = Vec::with_capacity(ty.attributes().len());
        for (name, part_type) in ty.attributes() {
            let part = current.part(name).cloned().unwrap_or_else(|| Value::null(part_type.clone()));
            let given = given.and_then(|given| given.part(name));
            let path = path.attribute(name.clone());
            values.push(if let Some(attribute) = block.attributes.get(name) {
                self.attribute(attribute, &part, given, &path)
            } else if let Some(nested) = block.blocks.get(name) {
                self.nested_block(nested, &part, given, &path)
            } else {
                part
            });
        }
        Value::object_of(ty, values)
    }

    fn attribute(&mut self, schema: &Attribute, part: &Value, given: Option<&Value>, path: &Path) -> Value {
        let is_missing = match self.filling {
            Filling::Unknown | Filling::Unset => part.is_null(),
            Filling::NotKnown => !part.is_known(),
        };
        if is_missing && schema.computed && !schema.write_only {
            return match self.filling {
                Filling::Unknown => Value::unknown(schema.ty.clone()),
                Filling::Unset | Filling::NotKnown => self.made(&schema.ty, given, path),
            };
        }
        match &schema.nested {
            Some(nested) => self.nested_type(nested, part, given, path),
            None if self.filling == Filling::NotKnown && !part.is_wholly_known() => self.known(part, path),
            None => part.clone(),
        }
    }

    /// A value that the test says, or one that is made up.
    fn made(&mut self, ty: &Type, given: Option<&Value>, path: &Path) -> Value {
        let generated = self.generator.value(ty, self.object, path);
        let Some(given) = given else { return generated };
        match convert(&completed(ty, given, &generated), ty) {
            Ok(value) => value,
            Err(error) => {
                self.problems.push((path.clone(), error.message));
                generated
            }
        }
    }

    /// A value of which every part is known.
    fn known(&self, part: &Value, path: &Path) -> Value {
        part.rebuild(&mut |inner| {
            if inner.is_known() {
                inner.clone()
            } else {
                self.generator.value(&inner.ty(), self.object, path)
            }
        })
    }

    fn nested_type(
        &mut self,
        nested: &NestedType,
        part: &Value,
        given: Option<&Value>,
        path: &Path,
    ) -> Value {
        each_object(part, path, &mut |object, path| {
            let Type::Object(ty) = object.ty() else { return object.clone() };
            let values: Vec<Value> = ty
                .attributes()
                .iter()
                .map(|(name, part_type)| {
                    let part = object.part(name).cloned().unwrap_or_else(|| Value::null(part_type.clone()));
                    let given = given.and_then(|given| given.part(name));
                    match nested.attributes.get(name) {
                        Some(schema) => self.attribute(schema, &part, given, &path.attribute(name.clone())),
                        None => part,
                    }
                })
                .collect();
            Value::object_of(ty, values)
        })
    }

    fn nested_block(
        &mut self,
        nested: &NestedBlock,
        part: &Value,
        given: Option<&Value>,
        path: &Path,
    ) -> Value {
        each_object(part, path, &mut |object, path| self.block(&nested.block, object, given, path))
    }
}

/// What is given for an object need not have all of its attributes.
fn completed(ty: &Type, given: &Value, generated: &Value) -> Value {
    let (Type::Object(object), false) = (ty, given.is_null()) else { return given.clone() };
    if given.entries().is_none() {
        return given.clone();
    }
    let parts = object.attributes().iter().map(|(name, ty)| {
        let made = generated.part(name).cloned().unwrap_or_else(|| Value::null(ty.clone()));
        let value = given.part(name).map_or_else(|| made.clone(), |given| completed(ty, given, &made));
        (name.clone(), value)
    });
    Value::object(parts)
}

/// Changes every object of nested ones, however they lie.
fn each_object(value: &Value, path: &Path, change: &mut dyn FnMut(&Value, &Path) -> Value) -> Value {
    if value.is_null() || !value.is_known() {
        return value.clone();
    }
    let (plain, marks) = value.clone().unmark();
    let ty = plain.ty();
    let numbered = |at: usize| path.index(Value::number(at as i64));
    let changed = match &ty {
        Type::Object(_) => change(&plain, path),
        Type::List(element) => {
            let parts = plain.as_sequence().unwrap_or_default().iter().enumerate();
            let parts: Vec<Value> = parts.map(|(at, part)| change(part, &numbered(at))).collect();
            Value::list(element.clone(), parts)
        }
        Type::Set(element) => {
            let parts = plain.as_sequence().unwrap_or_default().iter().enumerate();
            let parts: Vec<Value> = parts.map(|(at, part)| change(part, &numbered(at))).collect();
            Value::set(element.clone(), parts)
        }
        Type::Tuple(_) => {
            let parts = plain.as_sequence().unwrap_or_default().iter().enumerate();
            let parts: Vec<Value> = parts.map(|(at, part)| change(part, &numbered(at))).collect();
            Value::tuple(parts)
        }
        Type::Map(element) => {
            let parts = plain.entries().unwrap_or_default();
            let parts: Vec<_> = parts
                .into_iter()
                .map(|(key, part)| (key.clone(), change(part, &path.index(Value::string(key.clone())))))
                .collect();
            Value::map(element.clone(), parts)
        }
        Type::Bool | Type::Number | Type::String | Type::Dynamic => plain,
    };
    changed.with_marks(marks)
}
