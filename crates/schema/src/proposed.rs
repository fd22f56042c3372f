//! The new state that is proposed to a provider: configuration joined with what it computed before.
//!
//! Responsible for which parts of the prior object are carried over: attributes that the provider may
//! set and the configuration leaves out. Nested objects are paired by position, by key, or, in sets,
//! by what could have come from the configuration. It never fails: values that do not have the
//! schema's type come through as they are.

use plumb_value::{Kind, Type, Value};

use crate::correlate::PriorElements;
use crate::shape::{Shape, child, with_elements, with_entries};
use crate::{Attribute, Block, NestedBlock, NestedType, Nesting};

/// The object to propose. The prior object is wholly known or null; the configuration may have
/// unknown parts. Neither has marks.
pub fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    if prior.is_null() {
        if config.is_null() {
            return prior.clone();
        }
        return propose(block, &block.empty_value(), config);
    }
    propose(block, prior, config)
}

/// The object that stands for one that is still to be read: as configured, and unknown where the
/// provider sets what the configuration leaves out.
pub fn planned_data_object(block: &Block, config: &Value) -> Value {
    propose(block, &Value::unknown(block.implied_type()), config)
}

fn propose(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || !config.is_known() {
        return prior.clone();
    }
    merge(Shape::Block(block), prior, config)
}

/// An object inside a collection.
fn element(shape: Shape<'_>, prior: &Value, config: &Value) -> Value {
    match shape {
        Shape::Block(block) => proposed_new(block, prior, config),
        Shape::Nested(_) if config.is_null() => config.clone(),
        Shape::Nested(_) => merge(shape, prior, config),
    }
}

fn merge(shape: Shape<'_>, prior: &Value, config: &Value) -> Value {
    let ty = match (shape, config.kind()) {
        // The type at hand, so that the elements of a collection share it.
        (Shape::Nested(nested), Kind::Object(ty, _)) if ty.attributes().len() == nested.attributes.len() => {
            ty.clone()
        }
        _ => match shape.object_type() {
            Type::Object(ty) => ty,
            _ => return config.clone(),
        },
    };
    let values = ty.attributes().iter().map(|(name, ty)| {
        let prior = child(prior, name, ty);
        let config = child(config, name, ty);
        if let Some(schema) = shape.attributes().get(name) {
            attribute(schema, prior, config)
        } else if let Some(schema) = shape.blocks().get(name) {
            nested_block(schema, &prior, config)
        } else {
            config
        }
    });
    let values: Vec<Value> = values.collect();
    Value::object_of(ty, values).with_marks(config.marks())
}

fn attribute(schema: &Attribute, prior: Value, config: Value) -> Value {
    if schema.computed && config.is_null() {
        if was_configured(schema, &prior) { config } else { prior }
    } else if let Some(nested) = &schema.nested {
        nested_type(nested, &prior, config)
    } else {
        config
    }
}

/// Whether a prior value has something inside that only a configuration can have set. Then the
/// configuration has removed it, and it is not the provider's to keep.
fn was_configured(schema: &Attribute, prior: &Value) -> bool {
    match &schema.nested {
        Some(nested) if schema.optional => has_configured_part(nested, prior),
        _ => false,
    }
}

fn has_configured_part(nested: &NestedType, value: &Value) -> bool {
    let has = |object: &Value| {
        nested.attributes.iter().any(|(name, schema)| {
            object.part(name).is_some_and(|part| {
                let inside = || schema.nested.as_ref().is_some_and(|inner| has_configured_part(inner, part));
                !part.is_null() && (!schema.computed || inside())
            })
        })
    };
    match nested.nesting {
        Nesting::Single | Nesting::Group => has(value),
        Nesting::List | Nesting::Set | Nesting::Map => value.parts().into_iter().any(has),
    }
}

fn nested_type(schema: &NestedType, prior: &Value, config: Value) -> Value {
    if config.is_null() || !config.is_known() {
        return config;
    }
    let shape = Shape::Nested(schema);
    match schema.nesting {
        Nesting::Single | Nesting::Group => merge(shape, prior, &config),
        Nesting::List | Nesting::Set | Nesting::Map => collection(schema.nesting, shape, prior, config),
    }
}

fn nested_block(schema: &NestedBlock, prior: &Value, config: Value) -> Value {
    if !config.is_known() {
        // Only a dynamic block over something unknown can be that.
        return config;
    }
    match schema.nesting {
        Nesting::Single if config.is_null() => config,
        Nesting::Single | Nesting::Group => proposed_new(&schema.block, prior, &config),
        _ if config.is_null() => config,
        nesting => collection(nesting, Shape::Block(&schema.block), prior, config),
    }
}

fn collection(nesting: Nesting, shape: Shape<'_>, prior: &Value, config: Value) -> Value {
    if config.is_empty() {
        return config;
    }
    match (nesting, config.kind()) {
        (Nesting::Map, _) => map(shape, prior, config),
        (Nesting::Set, Kind::Set(..)) => set(shape, prior, config),
        (Nesting::List, Kind::List(..) | Kind::Tuple(..)) => list(shape, prior, config),
        _ => config,
    }
}

fn list(shape: Shape<'_>, prior: &Value, config: Value) -> Value {
    let Some(elements) = config.as_sequence() else { return config };
    let unknown = (!prior.is_known()).then(|| Value::unknown(shape.object_type()));
    let before = prior.as_sequence().unwrap_or_default();
    let merged = elements.iter().enumerate().map(|(index, config)| {
        match before.get(index).or(unknown.as_ref()) {
            Some(prior) => element(shape, prior, config),
            // Nothing to pair it with: it stays as it is written.
            None => config.clone(),
        }
    });
    with_elements(&config, merged.collect())
}

fn map(shape: Shape<'_>, prior: &Value, config: Value) -> Value {
    let Some(entries) = config.entries() else { return config };
    let merged = entries.into_iter().map(|(key, config)| {
        let value = match prior.part(key) {
            Some(prior) => element(shape, prior, config),
            None => config.clone(),
        };
        (key.clone(), value)
    });
    with_entries(&config, merged.collect())
}

fn set(shape: Shape<'_>, prior: &Value, config: Value) -> Value {
    let Some(elements) = config.as_sequence() else { return config };
    let mut priors = PriorElements::new(shape, prior.as_sequence().unwrap_or_default());
    let absent = Value::null(shape.object_type());
    let merged =
        elements.iter().map(|config| element(shape, priors.take_for(config).unwrap_or(&absent), config));
    with_elements(&config, merged.collect())
}
