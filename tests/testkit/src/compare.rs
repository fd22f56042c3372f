//! In what two records of the same case differ.

use std::fmt;

use serde_json::Value as Json;

use crate::{Aspect, StepRecord};

/// So many places of one aspect are shown.
const PLACES_MAX: usize = 12;
/// So much of a value is shown.
const TEXT_MAX: usize = 160;

/// One aspect of one step in which two tools differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Counted from 1.
    pub step: usize,
    /// The command.
    pub command: String,
    /// What differs.
    pub aspect: Aspect,
    /// Where, and what each tool has there.
    pub places: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "  step {} `{}`: {}", self.step, self.command, self.aspect)?;
        for place in self.places.iter().take(PLACES_MAX) {
            writeln!(out, "    {place}")?;
        }
        if self.places.len() > PLACES_MAX {
            writeln!(out, "    and {} more", self.places.len() - PLACES_MAX)?;
        }
        Ok(())
    }
}

/// Everything in which the second record differs from the first.
pub fn compare(expected: &[StepRecord], found: &[StepRecord]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (index, (one, two)) in expected.iter().zip(found).enumerate() {
        let aspects = one.aspects.keys().chain(two.aspects.keys());
        let aspects: std::collections::BTreeSet<Aspect> = aspects.copied().collect();
        for aspect in aspects {
            let mut places = Vec::new();
            let expected = one.aspects.get(&aspect).unwrap_or(&Json::Null);
            let found = two.aspects.get(&aspect).unwrap_or(&Json::Null);
            match (aspect, expected, found) {
                (Aspect::Diagnostics, Json::Array(one), Json::Array(two)) => {
                    diagnostics(one, two, &mut places);
                }
                _ => walk("", expected, found, &mut places),
            }
            if !places.is_empty() {
                differences.push(Difference {
                    step: index + 1,
                    command: one.command.clone(),
                    aspect,
                    places,
                });
            }
        }
    }
    differences
}

fn walk(path: &str, expected: &Json, found: &Json, places: &mut Vec<String>) {
    match (expected, found) {
        (Json::Object(one), Json::Object(two)) => {
            for (name, value) in one {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match two.get(name) {
                    Some(other) => walk(&path, value, other, places),
                    None => places.push(format!("{path}: only expected: {}", short(value))),
                }
            }
            for (name, value) in two.iter().filter(|(name, _)| !one.contains_key(*name)) {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                places.push(format!("{path}: only found: {}", short(value)));
            }
        }
        (Json::Array(one), Json::Array(two)) if one.len() == two.len() => {
            for (index, (value, other)) in one.iter().zip(two).enumerate() {
                walk(&format!("{path}[{index}]"), value, other, places);
            }
        }
        (Json::Array(one), Json::Array(two)) => lists(path, one, two, places),
        (one, two) if same(one, two) => {}
        (one, two) => places.push(format!("{path}: expected {}, found {}", short(one), short(two))),
    }
}

/// Errors and warnings are the same where they are about the same. The second tool may say where it is
/// when the first does not, and may say once what the first repeats.
fn diagnostics(expected: &[Json], found: &[Json], places: &mut Vec<String>) {
    let fits = |one: &Json, two: &Json| {
        let part = |name: &str| one[name].is_null() || one[name] == two[name];
        one["severity"] == two["severity"] && one["summary"] == two["summary"] && part("file") && part("line")
    };
    for one in expected {
        if !found.iter().any(|two| fits(one, two)) {
            places.push(format!("only expected: {}", short(one)));
        }
    }
    for two in found {
        if !expected.iter().any(|one| fits(one, two)) {
            places.push(format!("only found: {}", short(two)));
        }
    }
}

/// Of lists of different length, what is in one alone.
fn lists(path: &str, one: &[Json], two: &[Json], places: &mut Vec<String>) {
    let mut rest: Vec<&Json> = two.iter().collect();
    for value in one {
        match rest.iter().position(|other| *other == value) {
            Some(position) => {
                rest.remove(position);
            }
            None => places.push(format!("{path}[]: only expected: {}", short(value))),
        }
    }
    places.extend(rest.into_iter().map(|value| format!("{path}[]: only found: {}", short(value))));
}

/// Numbers are the same where they are equal, however they are written.
fn same(one: &Json, two: &Json) -> bool {
    match (one, two) {
        (Json::Number(one), Json::Number(two)) => one == two || one.as_f64() == two.as_f64(),
        (one, two) => one == two,
    }
}

fn short(value: &Json) -> String {
    let text = value.to_string();
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_say_where_they_are() {
        let record = |state: Json| {
            let aspects = [(Aspect::State, state)].into_iter().collect();
            vec![StepRecord { command: "apply".to_owned(), aspects, ..StepRecord::default() }]
        };
        let one = record(json!({"a": [1, {"b": 2}], "c": [1, 2, 3], "only": true}));
        let two = record(json!({"a": [1, {"b": 3}], "c": [1, 3]}));
        let differences = compare(&one, &two);
        let expected = ["a[1].b: expected 2, found 3", "c[]: only expected: 2", "only: only expected: true"];
        assert_eq!(differences[0].places, expected);
        assert_eq!(compare(&one, &one), []);
    }
}
