//! The corpus shows every behaviour in every way, and the documents say so.
//!
//! `UPDATE=1` writes the documents.

use std::path::PathBuf;

use plumb_testkit::{Behaviour, Case, Coverage, KnownDifferences, own_directory};

fn coverage() -> Coverage {
    let text = std::fs::read_to_string(own_directory().join("behaviours.json")).expect("the behaviours");
    let behaviours: Vec<Behaviour> = serde_json::from_str(&text).expect("the behaviours");
    let cases = Case::read_all(&own_directory().join("corpus")).expect("the corpus");
    Coverage::of(behaviours, &cases)
}

fn document(name: &str) -> PathBuf {
    own_directory().join("../../docs").join(name)
}

fn check_document(name: &str, content: &str) {
    let path = document(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, content).expect("the document");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == content, "docs/{name} is not up to date; run this test with UPDATE=1");
}

/// The part of a document between two marks, which readers do not see.
fn check_part(name: &str, part: &str, content: &str) {
    let text = std::fs::read_to_string(document(name)).expect("the document");
    let [begin, end] = ["begins", "ends"].map(|word| format!("<!-- {part} {word} -->\n"));
    let (before, rest) = text.split_once(&begin).expect("where it begins");
    let (_, after) = rest.split_once(&end).expect("where it ends");
    check_document(name, &format!("{before}{begin}\n{content}\n{end}{after}"));
}

#[test]
fn every_behaviour_is_shown_in_every_way() {
    let problems = coverage().problems();
    assert!(problems.is_empty(), "{} cells:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn known_differences_are_of_cases_that_there_are() {
    let text = std::fs::read_to_string(own_directory().join("known-differences.json")).expect("the list");
    let known = KnownDifferences::read(&text).expect("the list of known differences");
    let folders = ["corpus", "foreign/python"].map(|folder| own_directory().join(folder));
    for case in known.cases() {
        assert!(folders.iter().any(|folder| folder.join(case).is_dir()), "there is no case {case}");
    }
}

#[test]
fn the_documents_are_up_to_date() {
    check_document("compatibility-coverage.md", &coverage().document());
    let text = std::fs::read_to_string(own_directory().join("known-differences.json")).expect("the list");
    let known = KnownDifferences::read(&text).expect("the list of known differences");
    check_part("compatibility.md", "known-differences.json", &known.document());
}
