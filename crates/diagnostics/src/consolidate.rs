//! Warnings that say the same are told once. A provider that dislikes one argument in a hundred
//! resources says so a hundred times, and nobody reads that. Errors are never left out.

use std::collections::HashMap;

use plumb_source::SourceMap;

use crate::snippet::Place;
use crate::{Diagnostic, Severity};

/// How many further places are named.
const PLACES_MAX: usize = 3;

/// The diagnostics with warnings of equal words made one, which names the other places.
pub(crate) fn consolidate<'d>(
    diagnostics: impl IntoIterator<Item = &'d Diagnostic>,
    sources: &SourceMap,
) -> Vec<Diagnostic> {
    let mut told: Vec<Diagnostic> = Vec::new();
    let mut further: Vec<Vec<&Diagnostic>> = Vec::new();
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for diagnostic in diagnostics {
        if diagnostic.severity == Severity::Warning {
            let words = (diagnostic.summary.as_str(), diagnostic.detail.as_str());
            if let Some(at) = known.get(&words) {
                further[*at].push(diagnostic);
                continue;
            }
            known.insert(words, told.len());
        }
        told.push(diagnostic.clone());
        further.push(Vec::new());
    }
    for (diagnostic, others) in told.iter_mut().zip(further) {
        if !others.is_empty() {
            diagnostic.detail = format!("{}\n\n{}", diagnostic.detail.trim_end(), mention(&others, sources));
        }
    }
    told
}

fn mention(others: &[&Diagnostic], sources: &SourceMap) -> String {
    let place = |diagnostic: &&Diagnostic| {
        let in_file = Place::of_diagnostic(diagnostic, sources);
        in_file
            .map(|place| format!("{} line {}", place.file.path, place.line))
            .or_else(|| diagnostic.address.clone())
    };
    let mut places: Vec<String> = others.iter().filter_map(place).collect();
    places.dedup();
    let unnamed = places.len().saturating_sub(PLACES_MAX);
    places.truncate(PLACES_MAX);
    if unnamed > 0 {
        places.push(format!("{unnamed} more"));
    }
    let warnings = if others.len() == 1 { "warning" } else { "warnings" };
    let mut text = format!("(and {} more similar {warnings} elsewhere", others.len());
    if !places.is_empty() {
        text.push_str(": ");
        text.push_str(&places.join(", "));
    }
    text.push(')');
    text
}

/// The warnings by headline, each with how many more there are of it, in the order of the first.
pub(crate) fn by_summary(diagnostics: Vec<&Diagnostic>) -> Vec<(&Diagnostic, usize)> {
    let mut told: Vec<(&Diagnostic, usize)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for diagnostic in diagnostics {
        if let Some(at) = known.get(diagnostic.summary.as_str()) {
            told[*at].1 += 1;
        } else {
            known.insert(&diagnostic.summary, told.len());
            told.push((diagnostic, 0));
        }
    }
    told
}
