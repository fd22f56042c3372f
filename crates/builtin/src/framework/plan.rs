//! Planning a change of one object.
//!
//! Responsible for defaults, for what becomes unknown, and for the rules of single attributes.

use plumb_value::{Path, Value};

use super::shape::Field;
use super::{Object, Problem, Problems, Rule, Shape};
use crate::world::World;

/// One attribute in a change.
pub(crate) struct Edit<'a> {
    /// As it was.
    pub(crate) prior: &'a Value,
    /// As configured.
    pub(crate) config: &'a Value,
    /// As it will be.
    pub(crate) planned: &'a Value,
}

/// A planned object and where it asks for replacement.
pub(super) struct Planned {
    pub(super) object: Object,
    pub(super) requires_replace: Vec<Path>,
    pub(super) problems: Problems,
}

/// Applies what all resources have in common to a proposed object.
pub(super) fn plan(
    shape: &Shape,
    world: &dyn World,
    prior: Option<&Object>,
    config: &Object,
    mut proposed: Object,
) -> Planned {
    fill_defaults(shape, config, &mut proposed);
    if prior.is_none_or(|prior| !prior.same(&proposed)) {
        forget_computed(shape, config, &mut proposed);
    }
    let mut planned = Planned { object: proposed, requires_replace: Vec::new(), problems: Vec::new() };
    for (at, (field, (name, _))) in shape.fields.iter().zip(shape.object.attributes()).enumerate() {
        match follow_rules(field, at, world, prior, config, &mut planned.object) {
            Ok(true) => planned.requires_replace.push(Path::root().attribute(name.clone())),
            Ok(false) => {}
            Err(problem) => planned.problems.push(problem),
        }
    }
    planned
}

fn fill_defaults(shape: &Shape, config: &Object, proposed: &mut Object) {
    for (at, field) in shape.fields.iter().enumerate() {
        if let Some(default) = &field.default
            && config.values[at].is_null()
        {
            proposed.values[at] = default.clone();
        }
    }
}

fn forget_computed(shape: &Shape, config: &Object, proposed: &mut Object) {
    for (at, (field, (_, ty))) in shape.fields.iter().zip(shape.object.attributes()).enumerate() {
        if field.computed && field.default.is_none() && config.values[at].is_null() {
            proposed.values[at] = Value::unknown(ty.clone());
        }
    }
}

/// Changes the planned value as the attribute's rules say; tells whether it asks for replacement.
fn follow_rules(
    field: &Field,
    at: usize,
    world: &dyn World,
    prior: Option<&Object>,
    config: &Object,
    planned: &mut Object,
) -> Result<bool, Problem> {
    let mut replaces = false;
    for rule in &field.rules {
        if let Rule::Settles(settle) = rule {
            if let Some(value) = settle(config)? {
                planned.values[at] = value;
            }
            continue;
        }
        let Some(prior) = prior else { continue };
        let edit =
            Edit { prior: &prior.values[at], config: &config.values[at], planned: &planned.values[at] };
        match rule {
            Rule::KeepsPrior => {
                if !edit.prior.is_null() && !edit.planned.is_known() && edit.config.is_known() {
                    planned.values[at] = edit.prior.clone();
                }
            }
            Rule::Replaces => replaces |= !edit.planned.same(edit.prior),
            Rule::ReplacesIf(condition) => {
                if !edit.planned.same(edit.prior) {
                    replaces |= condition(&edit, world)?;
                }
            }
            Rule::ReplacesIfValuesNotNull => replaces |= map_values_differ(&edit),
            Rule::Settles(_) => {}
        }
    }
    Ok(replaces)
}

/// Whether the configured map differs from the recorded one in more than keys without a value.
fn map_values_differ(edit: &Edit<'_>) -> bool {
    if edit.config.same(edit.prior) {
        return false;
    }
    let configured = edit.config.entries().unwrap_or_default();
    let recorded = edit.prior.entries().unwrap_or_default();
    // An unknown map has no entries to compare: it counts as different from one that has some, as
    // it does in the providers that this follows.
    let fits = |key: &str, value: &Value| match edit.prior.part(key) {
        Some(prior) => value.same(prior),
        None => value.is_null(),
    };
    let added = configured.iter().any(|(key, value)| !fits(key, value));
    let removed = recorded.iter().any(|(key, _)| edit.config.part(key).is_none());
    added || removed
}
