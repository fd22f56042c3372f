//! `ignore_changes`: what an object was before takes the place of what is configured.
//!
//! Responsible for the configuration that is planned with, and for taking back what a provider of the
//! older kind has changed all the same.

use std::sync::Arc;

use plumb_value::{Kind, Path, PathStep, Type, Value};

use crate::Block;
use crate::marks::null_attributes;
use crate::shape::Shape;

/// Which changes to ignore.
#[derive(Clone, Copy, Debug)]
pub enum Ignored<'a> {
    /// All of them.
    All,
    /// Those to these attributes, blocks, elements of lists or keys of maps.
    Paths(&'a [Path]),
}

/// The configuration, or planned object, with the changes ignored. Marks come along with the values.
///
/// With a schema the result is a configuration, so that ignoring all changes leaves out what only the
/// provider sets; without one it is a planned object, which is then the prior one.
#[must_use]
pub fn apply_ignore_changes(
    prior: &Value,
    config: &Value,
    ignored: Ignored<'_>,
    block: Option<&Block>,
) -> Value {
    if prior.is_null() {
        return config.clone();
    }
    match ignored {
        Ignored::All => match block {
            Some(block) => {
                null_attributes(Shape::Block(block), prior, &|schema| schema.computed && !schema.optional)
            }
            None => prior.clone(),
        },
        Ignored::Paths(_) if config.is_null() => config.clone(),
        Ignored::Paths(paths) => {
            let replacements: Vec<Replacement<'_>> =
                paths.iter().filter_map(|path| Replacement::find(path, prior, config)).collect();
            let all: Vec<(&[PathStep], &Replacement<'_>)> =
                replacements.iter().map(|replacement| (replacement.path, replacement)).collect();
            replace(config, &all)
        }
    }
}

/// A value to put back.
struct Replacement<'a> {
    /// Where, without a key of a map at its end.
    path: &'a [PathStep],
    /// What was there before.
    prior: Value,
    /// The key of a map that alone is to be put back.
    key: Option<&'a Arc<str>>,
}

impl<'a> Replacement<'a> {
    /// What to put back at a path, unless nothing has changed there or it leads nowhere.
    fn find(path: &'a Path, prior: &Value, config: &Value) -> Option<Replacement<'a>> {
        // A key may be missing on one side, so that the whole map is looked at.
        let (place, key) = match path.0.split_last() {
            Some((PathStep::Index(key), rest)) if key.as_text().is_some() => (rest, key.as_text()),
            _ => (path.0.as_slice(), None),
        };
        let at =
            |value: &Value| place.iter().try_fold(value.clone(), |value, step| strict_step(&value, step));
        let (prior, config) = (at(prior)?, at(config)?);
        (prior != config).then_some(Replacement { path: place, prior, key })
    }
}

/// One step that does not convert keys, and does not go into sets.
fn strict_step(value: &Value, step: &PathStep) -> Option<Value> {
    let is_fitting = match step {
        PathStep::Attribute(_) => true,
        PathStep::Index(key) => match value.ty() {
            Type::Map(_) => key.as_text().is_some(),
            Type::List(_) | Type::Tuple(_) => key.as_number().is_some(),
            _ => false,
        },
    };
    if is_fitting { step.apply(value).ok() } else { None }
}

/// The value with everything put back that lies in it; paths are relative to it.
fn replace(value: &Value, replacements: &[(&[PathStep], &Replacement<'_>)]) -> Value {
    if replacements.is_empty() {
        return value.clone();
    }
    let inside = replace_inside(value, replacements);
    let here =
        || replacements.iter().filter(|(path, _)| path.is_empty()).map(|(_, replacement)| *replacement);
    if here().next().is_none() {
        return inside;
    }
    if !matches!(inside.ty(), Type::Map(_)) {
        return here().next().map_or(inside, |replacement| replacement.prior.clone());
    }
    if !inside.is_known() {
        // Single keys cannot be put back into what is not known, and the whole is left alone as well.
        return inside;
    }
    if let Some(whole) = here().find(|replacement| replacement.key.is_none()) {
        return whole.prior.clone();
    }
    replace_keys(&inside, here())
}

fn replace_inside(value: &Value, replacements: &[(&[PathStep], &Replacement<'_>)]) -> Value {
    if replacements.iter().all(|(path, _)| path.is_empty()) || matches!(value.kind(), Kind::Set(..)) {
        return value.clone();
    }
    let mut steps = value.steps().into_iter().map(|(step, _)| step);
    value.rebuild(&mut |part| {
        let Some(step) = steps.next() else { return part.clone() };
        let below: Vec<(&[PathStep], &Replacement<'_>)> = replacements
            .iter()
            .filter(|(path, _)| path.first() == Some(&step))
            .map(|(path, replacement)| (&path[1..], *replacement))
            .collect();
        replace(part, &below)
    })
}

fn replace_keys<'a>(map: &Value, replacements: impl Iterator<Item = &'a Replacement<'a>>) -> Value {
    let Type::Map(element) = map.ty() else { return map.clone() };
    let mut entries: std::collections::BTreeMap<Arc<str>, Value> = map
        .entries()
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for replacement in replacements {
        let Some(key) = replacement.key else { continue };
        match replacement.prior.part(key) {
            Some(prior) => entries.insert(key.clone(), prior.clone()),
            None => entries.remove(key),
        };
    }
    if entries.is_empty() && map.is_null() {
        return map.clone();
    }
    Value::map(element, entries).with_marks(map.marks())
}
