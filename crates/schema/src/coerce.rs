//! Any object brought into the type that a schema implies.
//!
//! Responsible for values that do not come from blocks in the configuration but from whole values:
//! options of backends, attributes that are written as blocks, objects of an older schema. The first
//! problem ends it.

use std::sync::Arc;

use plumb_value::{ConversionError, Path, PathStep, Type, Value, convert};

use crate::{Attribute, Block, NestedBlock, NestedType, Nesting};

/// A problem: where, and what is wrong there.
pub type CoerceError = (Path, String);

/// Converts an object to the block's type: attributes that may be left out become null, missing
/// blocks empty, and everything else is converted to its type.
pub fn coerce(block: &Block, value: &Value) -> Result<Value, CoerceError> {
    if value.is_of_type(&block.implied_type()) {
        return Ok(value.clone());
    }
    coerce_block(block, value, &Path::root())
}

fn coerce_block(block: &Block, value: &Value, path: &Path) -> Result<Value, CoerceError> {
    let marks = value.marks();
    if value.is_null() {
        return Ok(Value::null(block.implied_type()).with_marks(marks));
    }
    if !value.is_known() {
        return Ok(Value::unknown(block.implied_type()).with_marks(marks));
    }
    let Type::Object(given) = value.ty() else {
        return Err((path.clone(), "an object is required".to_owned()));
    };
    for (name, _) in given.attributes() {
        if !block.attributes.contains_key(name) && !block.blocks.contains_key(name) {
            return Err((path.clone(), format!("unexpected attribute {name:?}")));
        }
    }
    let ty = block.object_type();
    let values = ty.attributes().iter().map(|(name, ty)| {
        let part = value.part(name);
        match (block.attributes.get(name), block.blocks.get(name)) {
            (Some(schema), _) => coerce_attribute(schema, name, part, path),
            (None, Some(schema)) => match part {
                Some(part) => coerce_nested(schema, ty, part, &path.attribute(name.clone())),
                None => Ok(schema.empty_of(ty)),
            },
            (None, None) => Ok(Value::null(ty.clone())),
        }
    });
    let values = values.collect::<Result<Vec<Value>, CoerceError>>()?;
    Ok(Value::object_of(ty.clone(), values).with_marks(marks))
}

fn coerce_attribute(
    schema: &Attribute,
    name: &Arc<str>,
    part: Option<&Value>,
    path: &Path,
) -> Result<Value, CoerceError> {
    let Some(part) = part else {
        if schema.computed || schema.optional {
            return Ok(schema.empty_value());
        }
        return Err((path.clone(), format!("attribute {name:?} is required")));
    };
    if part.is_of_type(&schema.ty) {
        return Ok(part.clone());
    }
    let converted = match &schema.nested {
        Some(nested) => convert(part, &nested.constraint()),
        None => convert(part, &schema.ty),
    };
    converted.map_err(|error: ConversionError| {
        let mut place = path.attribute(name.clone());
        place.0.extend(error.path.0);
        (place, error.message)
    })
}

/// All blocks of a kind, whose type taken together is `ty`.
fn coerce_nested(schema: &NestedBlock, ty: &Type, value: &Value, path: &Path) -> Result<Value, CoerceError> {
    if let Nesting::Single | Nesting::Group = schema.nesting {
        return coerce_block(&schema.block, value, path);
    }
    let coerced = if value.is_null() {
        Value::null(ty.clone())
    } else if !value.is_known() {
        Value::unknown(ty.clone())
    } else if schema.nesting == Nesting::Map {
        coerce_map(schema, ty, value, path)?
    } else {
        coerce_sequence(schema, ty, value, path)?
    };
    Ok(coerced.with_marks(value.marks()))
}

fn coerce_sequence(
    schema: &NestedBlock,
    ty: &Type,
    value: &Value,
    path: &Path,
) -> Result<Value, CoerceError> {
    if value.len().is_none() {
        let kind = if schema.nesting == Nesting::Set { "set" } else { "list" };
        return Err((path.clone(), format!("must be a {kind}")));
    }
    let elements = value.steps().into_iter().map(|(step, part)| {
        let step = match step {
            PathStep::Attribute(name) => PathStep::Index(Value::string(name)),
            index @ PathStep::Index(_) => index,
        };
        coerce_block(&schema.block, part, &path.with(step))
    });
    let elements = elements.collect::<Result<Vec<Value>, CoerceError>>()?;
    Ok(match ty {
        Type::Set(element) => Value::set(element.clone(), elements),
        Type::List(element) => Value::list(element.clone(), elements),
        _ => Value::tuple(elements),
    })
}

fn coerce_map(schema: &NestedBlock, ty: &Type, value: &Value, path: &Path) -> Result<Value, CoerceError> {
    let Some(entries) = value.entries() else {
        return Err((path.clone(), "must be a map".to_owned()));
    };
    let entries = entries.into_iter().map(|(key, part)| {
        let place = path.index(Value::string(key.clone()));
        Ok((key.clone(), coerce_block(&schema.block, part, &place)?))
    });
    let entries = entries.collect::<Result<Vec<(Arc<str>, Value)>, CoerceError>>()?;
    Ok(match ty {
        Type::Map(element) => Value::map(element.clone(), entries),
        _ => Value::object(entries),
    })
}

impl NestedType {
    /// The type to which values are converted: like [`NestedType::implied_type`], but attributes that
    /// need not be set may be missing.
    pub fn constraint(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, attribute)| {
            let ty = match &attribute.nested {
                Some(nested) => nested.constraint(),
                None => attribute.ty.clone(),
            };
            (name.clone(), ty)
        });
        let optional =
            self.attributes.iter().filter(|(_, attribute)| attribute.optional || attribute.computed);
        let object =
            plumb_value::ObjectType::with_optional(attributes, optional.map(|(name, _)| name.clone()));
        self.wrap(Type::Object(Arc::new(object)))
    }
}
