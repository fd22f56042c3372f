//! Walks an object along its definition and replaces its leaves.
//!
//! Responsible for pairing each attribute of the object with the same attribute of the prior object
//! and of the configuration, at whatever depth. Elements of sets have no counterpart there.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_value::{Kind, Path, Type, Value};

use crate::definition::{AttributeDefinition, BlockDefinition, NestedBlockDefinition};

/// One attribute of an object.
pub(crate) struct Leaf<'a> {
    /// What is said about it.
    pub(crate) definition: &'a AttributeDefinition,
    /// Where it is, as far as that can be said.
    pub(crate) path: &'a Path,
    /// Its value.
    pub(crate) value: &'a Value,
    /// Its value in the object before, if there was one.
    pub(crate) prior: Option<&'a Value>,
    /// Its value in the configuration; `None` inside of sets.
    pub(crate) config: Option<&'a Value>,
    /// The object that it is in.
    pub(crate) siblings: &'a Value,
}

impl Leaf<'_> {
    /// Whether the provider may choose the value.
    pub(crate) fn is_free(&self) -> bool {
        self.definition.computed && self.config.unwrap_or(self.value).is_null()
    }
}

/// What each leaf becomes.
pub(crate) type Change<'c> = &'c mut dyn FnMut(&Leaf<'_>) -> Value;

/// Where the walk is, in the three objects.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a Path,
    value: &'a Value,
    prior: Option<&'a Value>,
    config: Option<&'a Value>,
}

impl BlockDefinition {
    /// The object with every attribute changed.
    pub(crate) fn walk(
        &self,
        value: &Value,
        prior: Option<&Value>,
        config: Option<&Value>,
        change: Change<'_>,
    ) -> Value {
        let place = Place { path: &Path::root(), value, prior, config };
        object(&self.attributes, &self.blocks, place, change)
    }
}

fn object(
    attributes: &BTreeMap<Arc<str>, AttributeDefinition>,
    blocks: &BTreeMap<Arc<str>, NestedBlockDefinition>,
    place: Place<'_>,
    change: Change<'_>,
) -> Value {
    let Kind::Object(..) = place.value.kind() else { return place.value.clone() };
    let entries = place.value.entries().unwrap_or_default().into_iter().map(|(name, value)| {
        let path = place.path.attribute(name.clone());
        let inner = Place {
            path: &path,
            value,
            prior: place.prior.and_then(|prior| prior.part(name)),
            config: place.config.and_then(|config| config.part(name)),
        };
        let changed = match (attributes.get(name), blocks.get(name)) {
            (Some(definition), _) => attribute(definition, inner, place.value, change),
            (None, Some(nested)) => elements(inner, &mut |element| {
                object(&nested.block.attributes, &nested.block.blocks, element, change)
            }),
            (None, None) => value.clone(),
        };
        (name.clone(), changed)
    });
    Value::object(entries.collect::<Vec<_>>())
}

fn attribute(
    definition: &AttributeDefinition,
    place: Place<'_>,
    siblings: &Value,
    change: Change<'_>,
) -> Value {
    if let (Some(nested), false, true) = (&definition.nested, place.value.is_null(), place.value.is_known()) {
        let none = BTreeMap::new();
        return elements(place, &mut |element| object(&nested.attributes, &none, element, change));
    }
    let Place { path, value, prior, config } = place;
    change(&Leaf { definition, path, value, prior, config, siblings })
}

/// Every object of a collection of objects, or the one object.
fn elements(place: Place<'_>, change: &mut dyn FnMut(Place<'_>) -> Value) -> Value {
    let mut indexed = |index: usize, element: &Value| {
        let path = place.path.index(Value::number(i64::try_from(index).unwrap_or(i64::MAX)));
        let at = |values: Option<&'_ Value>| values.and_then(Value::as_sequence)?.get(index).cloned();
        let (prior, config) = (at(place.prior), at(place.config));
        change(Place { path: &path, value: element, prior: prior.as_ref(), config: config.as_ref() })
    };
    match place.value.kind() {
        Kind::Object(..) => change(place),
        Kind::List(element, values) => {
            let changed: Vec<Value> =
                values.iter().enumerate().map(|(index, value)| indexed(index, value)).collect();
            Value::list(element_type(element, &changed), changed)
        }
        Kind::Tuple(_, values) => Value::tuple(
            values.iter().enumerate().map(|(index, value)| indexed(index, value)).collect::<Vec<_>>(),
        ),
        Kind::Set(element, values) => {
            let alone = |value| Place { path: place.path, value, prior: None, config: None };
            let changed: Vec<Value> = values.iter().map(|value| change(alone(value))).collect();
            Value::set(element_type(element, &changed), changed)
        }
        Kind::Map(element, entries) => {
            let changed: Vec<(Arc<str>, Value)> = entries
                .iter()
                .map(|(key, value)| {
                    let path = place.path.index(Value::string(key.clone()));
                    let at = |values: Option<&'_ Value>| values?.part(key).cloned();
                    let (prior, config) = (at(place.prior), at(place.config));
                    let inner = Place { path: &path, value, prior: prior.as_ref(), config: config.as_ref() };
                    (key.clone(), change(inner))
                })
                .collect();
            let values: Vec<Value> = changed.iter().map(|(_, value)| value.clone()).collect();
            Value::map(element_type(element, &values), changed)
        }
        _ => place.value.clone(),
    }
}

fn element_type(before: &Type, changed: &[Value]) -> Type {
    changed.first().map_or_else(|| before.clone(), Value::ty)
}
