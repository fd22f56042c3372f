//! What is wrong with code of deploys and of their tests, as far as no host is needed to tell.

use plumb_deploy::{OwnLibrary, also_takes, globals, test_globals};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_starlark::{Limits, Loader};

use crate::commands::hosts::deploy::translated;
use crate::commands::test::code::{ENDING, names as names_of_tests, path};
use crate::session::Session;

/// What the names of files of code end with.
const CODE: &str = ".star";

/// What tests call with what is meant to fail.
const FAILS: &str = "assert_fails";

/// What is wrong with the files of code in the directory, and with tests where a directory of them is named.
pub(super) fn check(session: &Session<'_>, tests: Option<&str>) -> Diagnostics {
    let listed = session.files.list(&session.directory).unwrap_or_default();
    let deploys = listed.into_iter().filter(|(name, is_directory)| {
        !is_directory && name.ends_with(CODE) && !name.ends_with(ENDING) && !name.starts_with('.')
    });
    let deploys: Vec<String> = deploys.map(|(name, _)| name).collect();
    let mut found: Vec<Diagnostic> = check_all(session, &deploys, false);
    found.extend(check_all(
        session,
        &tests.map(|tests| names_of_tests(session, tests)).unwrap_or_default(),
        true,
    ));
    let mut diagnostics = Diagnostics::new();
    for diagnostic in found {
        // What several files load is wrong once.
        let is_same = |other: &Diagnostic| {
            (&other.summary, &other.detail, other.subject)
                == (&diagnostic.summary, &diagnostic.detail, diagnostic.subject)
        };
        if !diagnostics.iter().any(is_same) {
            diagnostics.push(diagnostic);
        }
    }
    diagnostics
}

fn check_all(session: &Session<'_>, names: &[String], are_tests: bool) -> Vec<Diagnostic> {
    let (library, globals) = (OwnLibrary, if are_tests { test_globals() } else { globals() });
    let mut loader = Loader::new(&*session.files, &library, &globals, Limits::default());
    let mut found = Vec::new();
    for name in names {
        let path = path(session, name);
        match loader.load(&path) {
            Ok(_) => found.extend(loader.misuses(&path, &also_takes, &[FAILS])),
            Err(problem) => found.push(problem),
        }
    }
    found.iter().map(|problem| translated(problem, loader.sources(), &session.shell.sources)).collect()
}
