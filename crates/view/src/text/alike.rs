//! Which changes are alike, so that one of them can be drawn for all.
//!
//! Alike are changes of one resource block, whatever the instances of it and of the modules around it,
//! to which the same happens for the same reason; where objects go on existing in some form, the same
//! parts of them change in the same manner. Values do not count. The work is linear in the changes.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use plumb_address::{ModuleStep, Resource};
use plumb_plan::{Action, Change, ChangeReason};

use super::outline::outline;
use super::plan::difference;

/// Fewer are drawn one by one: naming them beside one that is drawn would save next to nothing.
pub(crate) const ALIKE_MIN: usize = 3;

/// Changes that are alike.
#[derive(Debug)]
pub(crate) struct Group {
    /// Positions of the changes, in order; there is at least one.
    pub(crate) members: Vec<usize>,
    /// Which parts change, where that matters.
    pub(crate) outline: Arc<[u8]>,
}

impl Group {
    /// How many of its members are drawn.
    pub(crate) fn drawn(&self) -> usize {
        if self.members.len() < ALIKE_MIN { self.members.len() } else { 1 }
    }

    /// Position of the first of its members.
    pub(crate) fn first(&self) -> usize {
        self.members[0]
    }
}

/// What happens to which resource, and why, all but the parts that change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fate<'p> {
    pub(crate) resource: &'p Resource,
    pub(crate) action: Action,
    pub(crate) reason: Option<ChangeReason>,
    is_deposed: bool,
    is_moved: bool,
    is_imported: bool,
}

impl<'p> Fate<'p> {
    pub(crate) fn of(change: &'p Change) -> Self {
        Fate {
            resource: &change.address.resource,
            action: change.action,
            reason: change.reason,
            is_deposed: change.deposed.is_some(),
            is_moved: is_moved(change),
            is_imported: change.importing.is_some(),
        }
    }
}

/// Whether the object was recorded under another address.
pub(crate) fn is_moved(change: &Change) -> bool {
    change.previous_address.as_ref().is_some_and(|previous| **previous != change.address)
}

/// Whether nobody may learn of the change by number only.
pub(crate) fn has_to_be_named(change: &Change) -> bool {
    change.action.destroys()
        || change.action == Action::Forget
        || change.deposed.is_some()
        || change.importing.is_some()
        || is_moved(change)
}

/// The fate of all instances of a block, which is told by the names of the modules around it.
#[derive(Clone, Copy)]
struct OfBlock<'p> {
    steps: &'p [ModuleStep],
    fate: Fate<'p>,
}

impl<'p> OfBlock<'p> {
    fn of(change: &'p Change) -> Self {
        OfBlock { steps: &change.address.module.0, fate: Fate::of(change) }
    }

    fn calls(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| &*step.name)
    }
}

impl PartialEq for OfBlock<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.fate == other.fate && self.calls().eq(other.calls())
    }
}

impl Eq for OfBlock<'_> {}

impl Hash for OfBlock<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.calls().for_each(|call| call.hash(state));
        self.fate.hash(state);
    }
}

/// Sorts changes into groups.
pub(crate) fn groups(changes: &[&Change]) -> Vec<Group> {
    let mut places: HashMap<OfBlock<'_>, usize> = HashMap::new();
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    for (position, change) in changes.iter().enumerate() {
        let at = *places.entry(OfBlock::of(change)).or_insert(blocks.len());
        match blocks.get_mut(at) {
            Some(members) => members.push(position),
            None => blocks.push(vec![position]),
        }
    }
    let nothing: Arc<[u8]> = Arc::default();
    let mut groups = Vec::with_capacity(blocks.len());
    for members in blocks {
        if is_partial(changes[members[0]].action) {
            split(changes, &members, &mut groups);
        } else {
            groups.push(Group { members, outline: nothing.clone() });
        }
    }
    groups
}

/// Whether only parts of the object may change.
fn is_partial(action: Action) -> bool {
    action == Action::Update || action.is_replace()
}

/// Sorts changes of one block by the parts that change.
fn split(changes: &[&Change], members: &[usize], groups: &mut Vec<Group>) {
    let mut places: HashMap<Arc<[u8]>, usize> = HashMap::new();
    let mut text = Vec::new();
    for position in members {
        text.clear();
        outline(&difference(changes[*position]), &mut text);
        match places.get(text.as_slice()) {
            Some(at) => groups[*at].members.push(*position),
            None => {
                let outline: Arc<[u8]> = text.as_slice().into();
                places.insert(outline.clone(), groups.len());
                groups.push(Group { members: vec![*position], outline });
            }
        }
    }
}
