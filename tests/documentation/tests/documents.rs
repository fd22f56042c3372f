//! What the documents show is what happens, and what they link to is there. `PLUMB` may name the program
//! to run; otherwise it is built.

use std::fs;
use std::path::{Path, PathBuf};

use plumb_documentation::Session;

/// The documents with examples, each a test of its own.
macro_rules! documents {
    ($($name:ident: $path:literal,)*) => {
        const RUN: &[&str] = &[$($path),*];
        $(#[test] fn $name() { check($path); })*
    };
}

documents! {
    backends: "docs/backends.md",
    commands: "docs/commands.md",
    compatibility: "docs/compatibility.md",
    configuration: "docs/configuration.md",
    deploys: "docs/deploys.md",
    from_ansible: "docs/from-ansible.md",
    from_pyinfra: "docs/from-pyinfra.md",
    getting_started: "docs/getting-started.md",
    hosts_in_the_plan: "docs/hosts-in-the-plan.md",
    inventory: "docs/inventory.md",
    modules: "docs/modules.md",
    providers: "docs/providers.md",
    provisioners: "docs/provisioners.md",
    readme: "README.md",
    saved_plans: "docs/saved-plans.md",
    state_and_journal: "docs/state-and-journal.md",
    testing: "docs/testing.md",
}

#[track_caller]
fn check(document: &str) {
    let given = std::env::var_os("PLUMB").map(PathBuf::from);
    let plumb = given.unwrap_or_else(|| plumb_testkit::built("plumb").expect("plumb can be built"));
    let programs = plumb.parent().expect("a directory");
    let mut session = Session::new(programs, &root().join("examples")).expect("a session");
    match session.run(&root().join(document)) {
        Ok(0) => panic!("{document} shows nothing that could be run"),
        Ok(_) => {}
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_document_with_examples_is_run() {
    let missed: Vec<String> = documents()
        .into_iter()
        .filter(|path| {
            let text = fs::read_to_string(path).expect("a document");
            !plumb_documentation::blocks(&text).is_empty()
        })
        .map(|path| path.strip_prefix(root()).expect("a path of the repository").display().to_string())
        .filter(|path| !RUN.contains(&path.as_str()))
        .collect();
    assert!(missed.is_empty(), "these have examples that no test runs: {missed:?}");
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document");
        for target in links(&text) {
            let file = target.split('#').next().unwrap_or_default();
            let place = document.parent().expect("a directory").join(file);
            if !file.is_empty() && !file.contains("://") && !place.exists() {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The targets of `[text](target)` outside of fenced blocks.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    prose.flat_map(|text| text.split("](").skip(1)).filter_map(|rest| Some(rest.split_once(')')?.0))
}

/// Every document of the repository.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for directory in [".", "docs", "examples", "examples/aws-emulator"] {
        for entry in fs::read_dir(root().join(directory)).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path.components().collect());
            }
        }
    }
    found
}

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).expect("the repository").to_path_buf()
}
