//! Which modules are alike.
//!
//! Two are where nothing but names, numbers and texts tells one from the other, and the same is said of both:
//! such a pair shows no more than one of them.

use std::collections::BTreeMap;

use crate::archive::Module;

/// Words that mean something in the language are kept, all others are as good as one another.
const KEPT: [&str; 14] = [
    "resource",
    "data",
    "module",
    "variable",
    "output",
    "locals",
    "terraform",
    "provider",
    "for_each",
    "count",
    "lifecycle",
    "dynamic",
    "check",
    "run",
];

/// Pairs, or more, of modules that are alike.
pub(crate) fn alike(modules: &[Module]) -> Vec<String> {
    let mut by_shape: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for module in modules {
        by_shape.entry(shape(module)).or_default().push(&module.name);
    }
    by_shape.into_values().filter(|names| names.len() > 1).map(|names| names.join(", ")).collect()
}

/// The command and all files, with one letter in the place of every word that could be another one.
fn shape(module: &Module) -> String {
    let mut shape = module.command.first().cloned().unwrap_or_default();
    module.expected.diagnostics.iter().for_each(|one| shape.push_str(&one.headline));
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (path, text) in &module.files {
        shape.push_str(path.rsplit('.').next().unwrap_or_default());
        let mut word = String::new();
        for letter in text.chars().chain(std::iter::once('\n')) {
            if letter.is_alphanumeric() || letter == '_' {
                word.push(letter);
                continue;
            }
            if !word.is_empty() {
                let next = names.len();
                let number = *names.entry(word.clone()).or_insert(next);
                shape.push_str(if KEPT.contains(&word.as_str()) { &word } else { "w" });
                shape.push_str(&number.to_string());
                word.clear();
            }
            if !letter.is_whitespace() {
                shape.push(letter);
            }
        }
    }
    shape
}
