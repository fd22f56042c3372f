//! The code of a deploy: loaded, checked, and run without a host.

use std::sync::atomic::Ordering;

use plumb_deploy::{OwnLibrary, Secrets, Setting, check, globals, outline};
use plumb_diagnostics::Diagnostic;
use plumb_source::Files;
use plumb_starlark::{Limits, Loader, Program, Sources};

use crate::problem::{Problem, problem, problem_at, sentence};

/// The function that is run when a deploy is destroyed.
pub(crate) const UNDO: &str = "undo";

/// Loads the code of a file.
pub(crate) fn load(files: &dyn Files, path: &str) -> Result<Program, Problem> {
    loaded(files, |loader| loader.load(path))
}

/// Loads code that was made here.
pub(crate) fn load_text(files: &dyn Files, text: &str) -> Result<Program, Problem> {
    loaded(files, |loader| loader.load_text("what was asked", text))
}

fn loaded(
    files: &dyn Files,
    load: impl FnOnce(&mut Loader<'_>) -> Result<Program, Diagnostic>,
) -> Result<Program, Problem> {
    let (library, globals) = (OwnLibrary, globals());
    let mut loader = Loader::new(files, &library, &globals, Limits::default());
    load(&mut loader).map_err(|diagnostic| in_code(&diagnostic, loader.sources()))
}

/// What is wrong with the code itself.
pub(crate) fn checked(program: &Program, setting: &Setting) -> Result<(), Problem> {
    check(program, setting).map_err(|diagnostic| {
        let found = in_code(&diagnostic, program.sources());
        Problem { detail: setting.secrets.hidden(&found.detail), ..found }
    })
}

/// What is wrong in code, with its place: files of code are not among those that plans show lines of.
fn in_code(diagnostic: &Diagnostic, sources: &Sources) -> Problem {
    let place = diagnostic.subject.and_then(|span| {
        let file = sources.map().get(span.file)?;
        Some(format!("{}:{}: ", file.path, file.position(span.start).line))
    });
    let detail = format!("{}{}", place.unwrap_or_default(), sentence(&diagnostic.detail));
    problem_at("deploy", diagnostic.summary.clone(), detail)
}

/// Whether the code can undo what it does; an error says that it cannot.
pub(crate) fn can_undo(program: &Program) -> Result<(), Problem> {
    if program.get(UNDO).is_some() {
        return Ok(());
    }
    let detail = "The argument undo asks for a function undo(host), which says what is to be done when this is \
                  destroyed, and the code has none. Write it, or leave the argument out.";
    Err(problem_at("undo", "The code does not say how it is undone", detail))
}

/// What code declares for a host of which nothing is found. Nothing where that depends on what there is, or,
/// if `is_named` says that its name is not known, on that.
pub(crate) fn declared(program: &Program, setting: &Setting, is_named: bool) -> Option<Vec<String>> {
    let plan = outline(program, setting)?;
    if plan.undecided.is_some() || (!is_named && setting.name_seen.load(Ordering::Relaxed)) {
        return None;
    }
    let titles = plan.operations.iter().map(|operation| title(operation, &setting.secrets));
    Some(titles.collect())
}

fn title(operation: &plumb_deploy::Operation, secrets: &Secrets) -> String {
    secrets.hidden(format!("{} {}", operation.function, operation.title).trim_end())
}

/// An interrupted run.
pub(crate) fn interrupted() -> Problem {
    problem("Interrupted", "Nothing more is done on the host. What was done there is done.")
}
