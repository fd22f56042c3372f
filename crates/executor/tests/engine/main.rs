//! The engine as a whole: evaluator, planner and executor with a provider and a state that tests
//! control.

mod bench;
mod concurrency;
mod crash;
mod provider;
mod retiring;
mod scale;
mod scenario;
mod show;
mod world;

use std::path::{Path, PathBuf};

/// Every scenario is a test of its own run; all that go wrong are named together.
#[test]
fn scenarios() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/scenarios");
    let only = std::env::var("SCENARIO").unwrap_or_default();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&directory)
        .expect("the scenarios")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .filter(|path| path.to_string_lossy().contains(&only))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "there are scenarios");
    let failed: Vec<&PathBuf> =
        paths.iter().filter(|path| std::panic::catch_unwind(|| scenario::check(path)).is_err()).collect();
    assert!(failed.is_empty(), "{} of {} failed: {failed:#?}", failed.len(), paths.len());
}
