//! The built-in providers through both tools: `plumb` has them in its own process, `terraform` drives
//! the same providers as plugins. Whatever a provider leaves to the tool that drives it (checks of
//! plans, defaults of the protocol, marks, replacements, imports) has to come out the same.
//!
//! Cases are folders of `builtin/`, in the form of the corpus. `CASE=text` runs those alone whose name
//! contains the text.

#![expect(clippy::print_stdout, reason = "what was skipped and how many cases ran is for people")]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use regex::Regex;
use serde_json::Value as Json;

use plumb_testkit::{
    Aspect, Case, Installation, KnownDifferences, Program, StepRecord, built, compare, open_cases,
    own_directory, plumb, run_case, terraform,
};

const THREADS: usize = 2;

/// What identifies an object in a message is as random as the object.
static IDENTIFIER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[id=.*\]").expect("a pattern"));

fn records(case: &Case, tool: &Program, server: &Path, way: Installation) -> Vec<StepRecord> {
    let case = Case { installation: way, ..case.clone() };
    let mut records = run_case(&case, tool, server).expect("a workspace");
    for record in &mut records {
        // In a process of its own there is nothing to record.
        record.aspects.remove(&Aspect::Requests);
        for found in record.aspects.values_mut() {
            without_chance(found, &case.by_chance);
        }
    }
    records
}

/// Puts one and the same word in the place of values that no two runs have in common.
fn without_chance(tree: &mut Json, names: &[String]) {
    match tree {
        Json::Object(members) => {
            let is_chance = |name: &str| names.iter().any(|masked| masked == name);
            for (name, value) in members {
                let is_identifier = name == "id_value" && is_chance("id");
                if is_chance(name) || is_identifier {
                    hide(value);
                }
                without_chance(value, names);
            }
        }
        Json::Array(elements) => elements.iter_mut().for_each(|element| without_chance(element, names)),
        Json::String(text) if names.iter().any(|name| name == "id") => {
            *text = IDENTIFIER.replace_all(text, "[id=(by chance)]").into_owned();
        }
        _ => {}
    }
}

/// Hides a value, and those of an output: as it was, as it is, as it will be.
fn hide(value: &mut Json) {
    match value {
        Json::String(_) | Json::Number(_) => *value = Json::String("(by chance)".to_owned()),
        Json::Array(elements) => elements.iter_mut().for_each(hide),
        Json::Object(members) => {
            for name in ["before", "after", "value"] {
                members.get_mut(name).into_iter().for_each(hide);
            }
        }
        Json::Null | Json::Bool(_) => {}
    }
}

#[test]
fn built_in_providers_are_the_same_in_process_and_as_plugins() {
    let Some(terraform) = terraform() else {
        println!("skipped: built_in_providers_are_the_same_in_process_and_as_plugins: no terraform on PATH");
        return;
    };
    let plumb = plumb().expect("plumb");
    let server = built("plumb-builtin-server").expect("the server");
    let filter = std::env::var("CASE").unwrap_or_default();
    let cases = Case::read_all(&own_directory().join("builtin")).expect("the cases");
    let cases: Vec<Case> = cases.into_iter().filter(|case| case.name.contains(&filter)).collect();
    let known = std::fs::read_to_string(own_directory().join("known-differences.json")).expect("the list");
    let known = KnownDifferences::read(&known).expect("the list of known differences");
    let open = open_cases().expect("the list of open cases");
    let (next, problems) = (AtomicUsize::new(0), Mutex::new(String::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = check(case, &[&terraform, &plumb], &server, &known);
                    if open.contains(&case.name) && filter.is_empty() && !found.is_empty() {
                        println!("open: {}", case.name);
                    } else {
                        *problems.lock().expect("the problems") += &found;
                    }
                }
            });
        }
    });
    println!("{} cases of built-in providers", cases.len());
    let problems = problems.into_inner().expect("the problems");
    assert!(problems.is_empty(), "{problems}");
}

/// What is wrong with a case, and in what the two tools differ in it.
fn check(case: &Case, [terraform, plumb]: &[&Program; 2], server: &Path, known: &KnownDifferences) -> String {
    let mut problems = String::new();
    let expected = records(case, terraform, server, Installation::ServedBuiltins);
    for step in &expected {
        for broken in &step.broken_promises {
            problems += &format!("{} `{}`: {broken}\n{}\n", case.name, step.command, step.said);
        }
    }
    let found = records(case, plumb, server, Installation::Nothing);
    for difference in compare(&expected, &found) {
        if let Some(difference) = known.unexplained(&case.name, &difference) {
            problems += &format!("{}\n{difference}", case.name);
        }
    }
    problems
}
