//! What blocks and attributes with nested attributes have in common: both describe objects.
//!
//! Responsible for looking into values along a schema without ever failing: where a value does not
//! have what the schema says, null stands in for it, or unknown where the value is not known.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_value::{Kind, Type, Value};

use crate::{Attribute, Block, NestedBlock, NestedType};

/// The schema of an object.
#[derive(Clone, Copy)]
pub(crate) enum Shape<'a> {
    /// A block, or what is around all of them.
    Block(&'a Block),
    /// An object in an attribute.
    Nested(&'a NestedType),
}

static NO_BLOCKS: BTreeMap<Arc<str>, NestedBlock> = BTreeMap::new();

impl<'a> Shape<'a> {
    pub(crate) fn attributes(self) -> &'a BTreeMap<Arc<str>, Attribute> {
        match self {
            Shape::Block(block) => &block.attributes,
            Shape::Nested(nested) => &nested.attributes,
        }
    }

    pub(crate) fn blocks(self) -> &'a BTreeMap<Arc<str>, NestedBlock> {
        match self {
            Shape::Block(block) => &block.blocks,
            Shape::Nested(_) => &NO_BLOCKS,
        }
    }

    /// The type of one object.
    pub(crate) fn object_type(self) -> Type {
        match self {
            Shape::Block(block) => block.implied_type(),
            Shape::Nested(nested) => nested.object_type(),
        }
    }
}

/// An attribute of an object; null or unknown, of type `ty`, where the object is.
pub(crate) fn child(object: &Value, name: &str, ty: &Type) -> Value {
    match object.kind() {
        Kind::Unknown(Type::Dynamic, _) => Value::unknown(ty.clone()).with_marks(object.marks()),
        Kind::Unknown(..) => {
            object.attribute(name).unwrap_or_else(|| Value::unknown(ty.clone()).with_marks(object.marks()))
        }
        _ => object.attribute(name).unwrap_or_else(|| Value::null(ty.clone())),
    }
}

/// The collection with other elements.
pub(crate) fn with_elements(collection: &Value, elements: Vec<Value>) -> Value {
    let rebuilt = match collection.kind() {
        Kind::List(element, _) => Value::list(element.clone(), elements),
        Kind::Set(element, _) => Value::set(element.clone(), elements),
        _ => Value::tuple(elements),
    };
    rebuilt.with_marks(collection.marks())
}

/// The map, or the object that stands for one, with other entries.
pub(crate) fn with_entries(collection: &Value, entries: Vec<(Arc<str>, Value)>) -> Value {
    let rebuilt = match collection.kind() {
        Kind::Map(element, _) => Value::map(element.clone(), entries),
        _ => Value::object(entries),
    };
    rebuilt.with_marks(collection.marks())
}

/// Whether both are the same but for what is known of their unknown parts.
pub(crate) fn same_unrefined(one: &Value, two: &Value) -> bool {
    if one.is_wholly_known() != two.is_wholly_known() {
        return false;
    }
    one.is_wholly_known() && one.same(two) || unrefined(one).same(&unrefined(two))
}

fn unrefined(value: &Value) -> Value {
    if value.is_wholly_known() {
        return value.clone();
    }
    value.transform(&mut |_, part| match part.kind() {
        Kind::Unknown(ty, Some(_)) => Value::unknown(ty.clone()).with_marks(part.marks()),
        _ => part.clone(),
    })
}
