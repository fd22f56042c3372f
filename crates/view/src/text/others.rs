//! Modules that are like one that is drawn: what is done in each of them.
//!
//! Responsible for a line for each, or for all with the same numbers, and for naming what is not to be
//! told by number only.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use plumb_address::{InstanceKey, ModuleStep, Resource};
use plumb_diagnostics::TextStyle;
use plumb_plan::{Action, Change};

use super::alike::{Group, has_to_be_named};
use super::changes::write_names;
use super::heading::{Cause, LEGEND, fate_of_several, work};
use super::listing::Listing;
use super::modules::{AlikeModules, OtherModule, Tally};
use super::names::{Place, name_places};
use super::summary::counted;

/// So many words name modules with the same numbers.
const NAMES_MAX: usize = 20;

/// So many lines tell of numbers that differ.
const LINES_MAX: usize = 100;

/// Writes what is done in the modules that are like the one that is drawn.
pub(crate) fn write_others(
    out: &mut dyn Write,
    changes: &[&Change],
    groups: &[Group],
    alike: &AlikeModules<'_>,
    cause: Cause,
    style: &TextStyle,
) -> io::Result<()> {
    let model = style.bold(&alike.model.to_string());
    let count = counted(alike.others.len());
    writeln!(out, "\n  # {count} more modules are like {model}, with values of their own:")?;
    write_tallies(out, &alike.others, cause, style)?;
    let mut named = Vec::new();
    alike.others.iter().for_each(|other| add_named(changes, groups, other, &mut named));
    for together in named {
        let fate = fate_of_several(together[0], cause, style);
        writeln!(out, "    # Of these, {} {fate}:", counted(together.len()))?;
        write_names(out, &together, style)?;
    }
    Ok(())
}

/// A line for all modules with the same numbers.
fn write_tallies(
    out: &mut dyn Write,
    others: &[OtherModule<'_>],
    cause: Cause,
    style: &TextStyle,
) -> io::Result<()> {
    let mut places: HashMap<&Tally<'_>, usize> = HashMap::new();
    let mut same: Vec<(&Tally<'_>, Vec<Place<'_>>)> = Vec::new();
    for other in others {
        let at = *places.entry(&other.tally).or_insert(same.len());
        match same.get_mut(at) {
            Some((_, together)) => together.push(other.place),
            None => same.push((&other.tally, vec![other.place])),
        }
    }
    let mut listing = Listing::new(out, style);
    for (tally, together) in same.iter().take(LINES_MAX) {
        let named = name_places(together, NAMES_MAX, &mut listing)?;
        if named < together.len() {
            listing.word(&format!("and {} more", counted(together.len() - named)))?;
        }
        listing.contain();
        write_tally(&mut listing, tally, together.len() > 1, cause)?;
    }
    if let Some(rest) = same.get(LINES_MAX..).filter(|rest| !rest.is_empty()) {
        let modules: usize = rest.iter().map(|(_, together)| together.len()).sum();
        let sum = |(tally, together): &(&Tally<'_>, Vec<_>)| tally.values().sum::<usize>() * together.len();
        let changes: usize = rest.iter().map(sum).sum();
        listing.begin()?;
        listing.word(&format!("and {} more with {} changes", counted(modules), counted(changes)))?;
    }
    listing.end()
}

/// `100 to create in each (terraform_data.first 50, terraform_data.second 50)`.
fn write_tally(
    listing: &mut Listing<'_>,
    tally: &Tally<'_>,
    is_several: bool,
    cause: Cause,
) -> io::Result<()> {
    let mut rest: Vec<_> = tally.iter().collect();
    while let Some(((rank, ..), _)) = rest.first() {
        let rank = *rank;
        let count = rest.iter().take_while(|((other, ..), _)| *other == rank).count();
        let later = rest.split_off(count);
        let sum: usize = rest.iter().map(|(_, count)| **count).sum();
        let work = work(LEGEND.get(rank).copied().unwrap_or(Action::NoOp), cause);
        let each = if is_several { " in each" } else { "" };
        let last = rest.len() - 1;
        for (at, ((_, calls, resource), count)) in rest.into_iter().enumerate() {
            let start = if at == 0 { format!("{} {work}{each} (", counted(sum)) } else { String::new() };
            let calls: String = calls.iter().map(|call| format!("module.{call}.")).collect();
            let end = if at == last { ")" } else { "" };
            listing.word(&format!("{start}{calls}{resource} {}{end}", counted(*count)))?;
        }
        rest = later;
    }
    Ok(())
}

/// Adds what has to be named in a module, beside what the same happens to.
fn add_named<'p>(
    changes: &[&'p Change],
    groups: &[Group],
    other: &OtherModule<'_>,
    named: &mut Vec<Vec<&'p Change>>,
) {
    let positions = other.groups.iter().flat_map(|group| &groups[*group].members);
    let mut found: Vec<&'p Change> =
        positions.map(|position| changes[*position]).filter(|change| has_to_be_named(change)).collect();
    // What is in one module instance is to be next to each other.
    found.sort_by(|one, two| way(one).cmp(&way(two)));
    for change in found {
        let has_same_fate = |other: &Change| {
            (other.action, other.reason, other.importing.is_some())
                == (change.action, change.reason, change.importing.is_some())
        };
        match named.iter_mut().find(|together| has_same_fate(together[0])) {
            Some(together) => together.push(change),
            None => named.push(vec![change]),
        }
    }
}

/// The steps to an object, one behind the other.
fn way(change: &Change) -> (&Arc<[ModuleStep]>, &Resource, &InstanceKey) {
    (&change.address.module.0, &change.address.resource, &change.address.key)
}
