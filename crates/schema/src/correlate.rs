//! Which element of a prior set belongs to which element of the configuration.
//!
//! Sets have no keys, so a prior element belongs to a configured one when it could have come from it:
//! all that differs was left out of the configuration and may be set by the provider. The first prior
//! element that fits and is not taken yet is the one. Candidates are found by a hash of what must be
//! equal in any case, so that large sets are not compared each with each.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use plumb_value::{Kind, Value};

use crate::shape::{Shape, child, same_unrefined};
use crate::{Attribute, NestedType, Nesting};

/// The elements of a prior set, each of which is given out once.
pub(crate) struct PriorElements<'a> {
    shape: Shape<'a>,
    elements: &'a [Value],
    /// Elements not taken, in order, by what must be equal.
    by_signature: HashMap<u64, VecDeque<usize>>,
    /// Those that have no such thing.
    others: VecDeque<usize>,
}

impl<'a> PriorElements<'a> {
    pub(crate) fn new(shape: Shape<'a>, elements: &'a [Value]) -> Self {
        let mut priors =
            PriorElements { shape, elements, by_signature: HashMap::new(), others: VecDeque::new() };
        for (index, element) in elements.iter().enumerate() {
            match signature(shape, element) {
                Some(signature) => priors.by_signature.entry(signature).or_default().push_back(index),
                None => priors.others.push_back(index),
            }
        }
        priors
    }

    /// The first element that could have come from the configured one.
    pub(crate) fn take_for(&mut self, config: &Value) -> Option<&'a Value> {
        let (shape, elements) = (self.shape, self.elements);
        let fits = |index: &usize| could_come_from(shape, &elements[*index], config);
        let Some(signature) = signature(shape, config) else {
            // Not an object that is known: only such a one, or an equal one, can belong to it.
            let position = self.others.iter().position(fits)?;
            return self.others.remove(position).map(|index| &elements[index]);
        };
        let bucket = self.by_signature.get_mut(&signature);
        let in_bucket = bucket.as_ref().and_then(|bucket| bucket.iter().position(fits));
        let in_others = self.others.iter().position(fits);
        let from_bucket = bucket.as_ref().zip(in_bucket).map(|(bucket, position)| bucket[position]);
        let from_others = in_others.map(|position| self.others[position]);
        let taken = match (from_bucket, from_others) {
            (Some(one), Some(two)) if two < one => self.others.remove(in_others?),
            (Some(_), _) => bucket?.remove(in_bucket?),
            (None, Some(_)) => self.others.remove(in_others?),
            (None, None) => None,
        };
        taken.map(|index| &elements[index])
    }
}

/// A hash of all that a provider cannot change: attributes that it does not compute.
fn signature(shape: Shape<'_>, element: &Value) -> Option<u64> {
    let Kind::Object(..) = element.kind() else { return None };
    let mut hasher = DefaultHasher::new();
    for (name, schema) in shape.attributes() {
        let is_fixed = !schema.computed && schema.nested.is_none();
        if let Some(part) = element.part(name).filter(|_| is_fixed) {
            fingerprint(part, &mut hasher);
        }
    }
    Some(hasher.finish())
}

/// Hashes a value so that values that are the same but for refinements hash alike.
pub(crate) fn fingerprint(value: &Value, hasher: &mut impl Hasher) {
    match value.kind() {
        Kind::Null(_) => 0u8.hash(hasher),
        Kind::Unknown(..) => 1u8.hash(hasher),
        Kind::Bool(value) => (2u8, value).hash(hasher),
        Kind::Number(value) => (3u8, value).hash(hasher),
        Kind::String(value) => (4u8, value).hash(hasher),
        // Refinements may change the order of a set, so that only its size is certain.
        Kind::Set(_, values) if !value.is_wholly_known() => (5u8, values.len()).hash(hasher),
        Kind::Map(_, entries) => {
            (6u8, entries.len()).hash(hasher);
            for (key, value) in entries.iter() {
                key.hash(hasher);
                fingerprint(value, hasher);
            }
        }
        Kind::List(_, values) | Kind::Set(_, values) | Kind::Tuple(_, values) | Kind::Object(_, values) => {
            (7u8, values.len()).hash(hasher);
            values.iter().for_each(|value| fingerprint(value, hasher));
        }
    }
}

/// Whether the prior object is the configured one plus what the provider has set.
pub(crate) fn could_come_from(shape: Shape<'_>, prior: &Value, config: &Value) -> bool {
    same_unrefined(prior, config) || object_could(shape, prior, config)
}

fn object_could(shape: Shape<'_>, prior: &Value, config: &Value) -> bool {
    let Kind::Object(ty, parts) = prior.kind() else {
        // Nothing inside contradicts.
        return true;
    };
    if config.is_null() {
        return parts.is_empty();
    }
    ty.attributes().iter().zip(parts.iter()).all(|((name, ty), prior)| {
        let config = child(config, name, ty);
        if same_unrefined(prior, &config) {
            return true;
        }
        match (shape.attributes().get(name), shape.blocks().get(name)) {
            (Some(schema), _) => attribute_could(schema, prior, &config),
            (None, Some(block)) => nested_could(Shape::Block(&block.block), block.nesting, prior, &config),
            (None, None) => true,
        }
    })
}

fn attribute_could(schema: &Attribute, prior: &Value, config: &Value) -> bool {
    match &schema.nested {
        Some(nested) => nested_type_could(nested, prior, config),
        None => !matches!(config.ty(), plumb_value::Type::Set(_)) && schema.computed && config.is_null(),
    }
}

fn nested_type_could(nested: &NestedType, prior: &Value, config: &Value) -> bool {
    nested_could(Shape::Nested(nested), nested.nesting, prior, config)
}

/// The same for what is nested in an object. Elements of sets inside sets are not paired: those must
/// be the same.
fn nested_could(shape: Shape<'_>, nesting: Nesting, prior: &Value, config: &Value) -> bool {
    if prior.is_null() || !prior.is_known() {
        return nesting != Nesting::Set;
    }
    let paired = |prior: &Value, config: Option<&Value>| {
        config.is_some_and(|config| could_come_from(shape, prior, config))
    };
    match nesting {
        Nesting::Single | Nesting::Group => object_could(shape, prior, config),
        Nesting::Set => false,
        Nesting::List => {
            let (before, now) = (prior.as_sequence(), config.as_sequence());
            let now = now.unwrap_or_default();
            before.unwrap_or_default().iter().enumerate().all(|(index, prior)| paired(prior, now.get(index)))
        }
        Nesting::Map => prior
            .entries()
            .unwrap_or_default()
            .into_iter()
            .all(|(key, prior)| paired(prior, config.part(key))),
    }
}
