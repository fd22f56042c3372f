//! Merge keys of YAML (`<<`), and keys that are there twice.

use std::collections::HashMap;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};

use super::{Entry, Kind, Node};
use crate::name::quoted;

/// The entries that a mapping has, where those of others are merged into it: its own count for more, and so do those
/// of earlier ones.
pub(super) fn merged(
    own: Vec<Entry>,
    merges: Vec<Node>,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Entry>, String> {
    let own = without_duplicates(own, diagnostics);
    if merges.is_empty() {
        return Ok(own);
    }
    let mut sources: Vec<Arc<Vec<Entry>>> = Vec::new();
    for merge in merges {
        match merge.kind {
            Kind::Mapping(entries) => sources.push(entries),
            Kind::Sequence(elements) => {
                for element in elements.iter() {
                    let Kind::Mapping(entries) = &element.kind else { return Err(no_mapping(element)) };
                    sources.push(entries.clone());
                }
            }
            _ => return Err(no_mapping(&merge)),
        }
    }
    let mut places: HashMap<Arc<str>, usize> = HashMap::new();
    let mut all: Vec<Entry> = Vec::new();
    let sources = sources.iter().rev().flat_map(|entries| entries.iter());
    for entry in sources.chain(&own) {
        match places.get(&entry.key) {
            Some(at) => all[*at] = entry.clone(),
            None => {
                places.insert(entry.key.clone(), all.len());
                all.push(entry.clone());
            }
        }
    }
    Ok(all)
}

fn no_mapping(node: &Node) -> String {
    format!("\"<<\" must stand before a mapping or a list of mappings, and not before {}", node.described())
}

/// Of a key that is there twice, the last counts.
pub(super) fn without_duplicates(entries: Vec<Entry>, diagnostics: &mut Diagnostics) -> Vec<Entry> {
    let mut places: HashMap<Arc<str>, usize> = HashMap::with_capacity(entries.len());
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        let Some(at) = places.insert(entry.key.clone(), kept.len()) else {
            kept.push(entry);
            continue;
        };
        places.insert(entry.key.clone(), at);
        let detail = format!(
            "The key {} is there more than once, and only what the last one says counts. Take the others out, or put \
             what they say together.",
            quoted(&entry.key)
        );
        let warning = Diagnostic::warning("Duplicate key", detail).at(entry.key_span);
        diagnostics.push(warning.note(kept[at].key_span, "It is here before."));
        kept[at] = entry;
    }
    kept
}
