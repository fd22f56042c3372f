//! Which of the changes that need a new object there really are.
//!
//! Providers name every attribute whose change needs a new object; whether it has changed is for the
//! engine to find out, since some changes are taken back or are none.

use plumb_value::{Path, Value};

use crate::Block;

/// The outcome of [`requires_replace`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequiredReplacement {
    /// Paths of changes that need a new object.
    pub paths: Vec<Path>,
    /// Paths that lead nowhere in either object: a fault of the provider.
    pub invalid: Vec<Path>,
}

/// Sorts the paths that a provider has named. Attributes that are only sent count as changed, for
/// what they were before is not known. An object that is not there yet needs no replacement.
pub fn requires_replace(
    block: &Block,
    paths: &[Path],
    prior: &Value,
    planned: &Value,
) -> RequiredReplacement {
    let mut outcome = RequiredReplacement::default();
    if prior.is_null() {
        return outcome;
    }
    for path in paths {
        let (before, after) = (path.apply(prior).ok(), path.apply(planned).ok());
        let has_changed = match (before, after) {
            (None, None) => {
                outcome.invalid.push(path.clone());
                continue;
            }
            (Some(before), Some(after)) => {
                before.unmark_deep().equals(&after.unmark_deep()).as_bool() != Some(true)
            }
            // Null stands for what one of them does not have.
            (Some(only), None) | (None, Some(only)) => !only.is_null(),
        };
        let is_sent_only = || block.attribute_at(path).is_some_and(|attribute| attribute.write_only);
        if (has_changed || is_sent_only()) && !outcome.paths.contains(path) {
            outcome.paths.push(path.clone());
        }
    }
    outcome
}
