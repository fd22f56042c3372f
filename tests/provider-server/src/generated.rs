//! Values that the provider makes up.
//!
//! Responsible for what a computed attribute is worth once it is known, and for what is known of it
//! before. Everything is a function of the object and the request, so that two runs of the same case
//! come to the same values.

use plumb_value::{Type, Value, convert, json};

use crate::definition::{AttributeDefinition, Generated};
use crate::walk::Leaf;

/// What the generated values of one object are made from.
pub(crate) struct Source<'a> {
    /// The object's identifier, once it has one.
    pub(crate) id: Option<&'a str>,
}

/// The value that a leaf comes to.
pub(crate) fn value(leaf: &Leaf<'_>, source: &Source<'_>) -> Value {
    let definition = leaf.definition;
    let generated = definition.generated.clone().unwrap_or_else(|| by_type(&definition.ty()));
    let made = match &generated {
        Generated::Id => Value::string(source.id.unwrap_or("none")),
        Generated::Counter => {
            let before = leaf.prior.and_then(Value::as_number).and_then(plumb_value::Number::to_i64);
            Value::number(before.unwrap_or(0) + 1)
        }
        Generated::Copy(name) => {
            known_sibling(leaf, name).cloned().unwrap_or_else(|| filler(&definition.ty()))
        }
        Generated::Upper(name) => {
            Value::string(known_sibling(leaf, name).and_then(Value::as_str).unwrap_or("").to_uppercase())
        }
        Generated::Value(notation) => constant(notation, &definition.ty()),
    };
    convert(&made, &definition.ty()).unwrap_or_else(|_| Value::null(definition.ty()))
}

/// What the plan says of a leaf that the provider will set.
pub(crate) fn planned(leaf: &Leaf<'_>, source: &Source<'_>) -> Value {
    let definition = leaf.definition;
    let made_from_known = match &definition.generated {
        Some(Generated::Copy(name) | Generated::Upper(name)) => {
            leaf.siblings.part(name).is_some_and(Value::is_wholly_known)
        }
        Some(Generated::Id) => source.id.is_some(),
        Some(Generated::Counter | Generated::Value(_)) | None => true,
    };
    if definition.planned_early && made_from_known {
        return value(leaf, source);
    }
    match &definition.refinement {
        Some(refinement) => Value::unknown_refined(definition.ty(), refinement.refinement()),
        None => Value::unknown(definition.ty()),
    }
}

/// A value from the schema file.
pub(crate) fn constant(notation: &serde_json::Value, ty: &Type) -> Value {
    json::decode(&notation.to_string(), ty).unwrap_or_else(|_| Value::null(ty.clone()))
}

/// The default that the attribute has, if it has one.
pub(crate) fn default(definition: &AttributeDefinition) -> Option<Value> {
    definition.default.as_ref().map(|notation| constant(notation, &definition.ty()))
}

fn known_sibling<'a>(leaf: &Leaf<'a>, name: &str) -> Option<&'a Value> {
    leaf.siblings.part(name).filter(|value| value.is_wholly_known())
}

fn by_type(ty: &Type) -> Generated {
    let notation = match ty {
        Type::Bool => serde_json::json!(true),
        Type::Number => serde_json::json!(1),
        Type::String => serde_json::json!("generated"),
        Type::List(_) | Type::Set(_) => serde_json::json!([]),
        Type::Map(_) => serde_json::json!({}),
        Type::Dynamic | Type::Tuple(_) | Type::Object(_) => serde_json::Value::Null,
    };
    Generated::Value(notation)
}

fn filler(ty: &Type) -> Value {
    match by_type(ty) {
        Generated::Value(notation) => constant(&notation, ty),
        _ => Value::null(ty.clone()),
    }
}
