//! Many changes for people: those that are alike are drawn once, and the others of them named.
//!
//! Responsible for what is drawn, what is named and what is only counted. Whatever is destroyed,
//! replaced, forgotten, moved or taken over is named, however many there are. What is not shown is not
//! drawn either.

use std::io::{self, Write};

use plumb_configuration::Config;
use plumb_diagnostics::TextStyle;
use plumb_plan::{Action, Change};

use super::alike::{Group, groups, has_to_be_named, is_moved};
use super::heading::{Cause, fate_of_several, subject};
use super::listing::Listing;
use super::modules::{AlikeModules, alike_modules};
use super::names::{Place, name_places};
use super::others::write_others;
use super::plan::write_change;
use super::summary::counted;

/// So many changes are drawn, alike or not: somebody who has to say yes to them still reads them one by
/// one. It is also how many drawings there may be before modules that are alike are drawn once.
const DRAWN_MAX: usize = 100;

/// So many words name instances that may also be counted: a few lines.
const NAMES_MAX: usize = 20;

/// How much of a long plan is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// What is alike is drawn once where there is much of it.
    #[default]
    Summarised,
    /// Everything.
    Full,
}

/// How changes are shown.
pub(crate) struct Look<'l> {
    /// The configuration, where it is at hand: it knows the sources of modules.
    pub(crate) config: Option<&'l Config>,
    pub(crate) style: &'l TextStyle,
    pub(crate) detail: Detail,
}

/// Writes changes, and how many of them are not drawn.
pub(crate) fn write_changes(
    out: &mut dyn Write,
    changes: &[&Change],
    cause: Cause,
    look: &Look<'_>,
) -> io::Result<()> {
    let style = look.style;
    if look.detail == Detail::Full || changes.len() <= DRAWN_MAX {
        return changes.iter().try_for_each(|change| write_change(out, change, cause, 1, style));
    }
    let groups = groups(changes);
    let modules = if groups.iter().map(Group::drawn).sum::<usize>() > DRAWN_MAX {
        alike_modules(changes, &groups, look.config)
    } else {
        Vec::new()
    };
    let drawings = drawings(&groups, &modules);
    for (position, group) in &drawings {
        match group {
            Some(group) => write_group(out, changes, group, cause, style)?,
            None => write_change(out, changes[*position], cause, 1, style)?,
        }
    }
    for alike in &modules {
        write_others(out, changes, &groups, alike, cause, style)?;
    }
    write_note(out, changes.len() - drawings.len(), changes.len(), style)
}

/// What is drawn, in order: changes by themselves, or the first of a group for all of it.
fn drawings<'g>(groups: &'g [Group], modules: &[AlikeModules<'_>]) -> Vec<(usize, Option<&'g Group>)> {
    let mut is_hidden = vec![false; groups.len()];
    let others = modules.iter().flat_map(|alike| &alike.others);
    others.flat_map(|other| &other.groups).for_each(|group| is_hidden[*group] = true);
    let mut drawings = Vec::new();
    for (group, _) in groups.iter().zip(is_hidden).filter(|(_, is_hidden)| !is_hidden) {
        if group.drawn() < group.members.len() {
            drawings.push((group.first(), Some(group)));
        } else {
            drawings.extend(group.members.iter().map(|position| (*position, None)));
        }
    }
    drawings.sort_unstable_by_key(|(position, _)| *position);
    drawings
}

/// The first change of a group, and the names of the others.
fn write_group(
    out: &mut dyn Write,
    changes: &[&Change],
    group: &Group,
    cause: Cause,
    style: &TextStyle,
) -> io::Result<()> {
    let first = changes[group.first()];
    write_change(out, first, cause, group.members.len(), style)?;
    let others: Vec<&Change> = group.members[1..].iter().map(|position| changes[*position]).collect();
    let fate = fate_of_several(first, cause, style);
    writeln!(out, "    # {} more like it {fate}:", counted(others.len()))?;
    write_names(out, &others, style)
}

/// Names changes to which the same happens: all of them where they have to be, and else some.
pub(crate) fn write_names(out: &mut dyn Write, changes: &[&Change], style: &TextStyle) -> io::Result<()> {
    let mut listing = Listing::new(out, style);
    let (apart, together): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| has_origin(change));
    let limit = if together.iter().any(|change| has_to_be_named(change)) { usize::MAX } else { NAMES_MAX };
    let places: Vec<Place<'_>> = together.iter().map(|change| Place::Instance(&change.address)).collect();
    let named = name_places(&places, limit, &mut listing)?;
    if named < places.len() {
        listing.word(&format!("and {} more", counted(places.len() - named)))?;
    }
    for change in apart {
        listing.begin()?;
        listing.word(&with_origin(change))?;
    }
    listing.end()
}

/// Whether its address is not all that tells the object.
fn has_origin(change: &Change) -> bool {
    change.deposed.is_some() || change.importing.is_some() || is_moved(change)
}

/// An object and where it comes from.
fn with_origin(change: &Change) -> String {
    let mut text = subject(change);
    if let Some(previous) = change.previous_address.as_ref().filter(|_| is_moved(change)) {
        text.push_str(&format!(" (moved from {previous})"));
    }
    if let Some(key) = &change.importing {
        text.push_str(&format!(" (imported from {})", key.for_display()));
        if change.action == Action::NoOp && change.generated_config.is_some() {
            text.push_str(" (config will be generated)");
        }
    }
    text
}

/// How much is not drawn, and how it would be.
fn write_note(out: &mut dyn Write, summarised: usize, total: usize, style: &TextStyle) -> io::Result<()> {
    if summarised == 0 {
        return Ok(());
    }
    let note = format!(
        "{} of {} changes are summarised above; -full draws each of them.",
        counted(summarised),
        counted(total)
    );
    writeln!(out, "\n{}", style.wrap(&note))
}
