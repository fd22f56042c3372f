//! Every source file says what it is for, and none grows beyond what one reads in one sitting.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{packages, root};

/// Lines after which a file is to be split.
const MOST_LINES: usize = 1000;

#[test]
fn every_file_opens_with_what_it_is_for() {
    let silent: Vec<_> =
        sources().into_iter().filter(|path| !read(path).trim_start().starts_with("//!")).collect();
    assert!(silent.is_empty(), "these files do not open with `//!`: {silent:#?}");
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|path| !is_generated(path) && read(path).lines().count() > MOST_LINES)
        .collect();
    assert!(long.is_empty(), "these files have more than {MOST_LINES} lines: {long:#?}");
}

#[test]
fn every_crate_is_held_to_the_same_lints() {
    for package in packages() {
        let manifest = package["manifest_path"].as_str().expect("a path");
        let text = read(Path::new(manifest));
        assert!(text.contains("[lints]\nworkspace = true"), "{manifest} does not take the workspace's lints");
    }
}

/// What the language of deploys derives for types implements unsafe traits of its own.
const DERIVES_UNSAFE: [&str; 2] = ["crates/starlark/src/context.rs", "crates/starlark/src/object.rs"];

#[test]
fn nobody_writes_unsafe_code() {
    let is_exempt = |path: &Path| DERIVES_UNSAFE.iter().any(|exempt| path.ends_with(exempt));
    let exempts_itself = |path: &PathBuf| read(path).contains(concat!("(unsafe", "_code"));
    let wrong: Vec<_> =
        sources().into_iter().filter(exempts_itself).filter(|path| !is_exempt(path)).collect();
    assert!(wrong.is_empty(), "these files exempt themselves from what holds for all: {wrong:#?}");
    let word = concat!("unsafe", " {");
    let written: Vec<_> = sources().into_iter().filter(|path| read(path).contains(word)).collect();
    assert!(written.is_empty(), "these files have unsafe blocks: {written:#?}");
}

/// Every Rust file of the repository.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for directory in ["crates", "tests", "xtask"] {
        collect(&root().join(directory), &mut found);
    }
    assert!(found.len() > 100, "the repository's files are somewhere else");
    found
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn is_generated(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "generated")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
