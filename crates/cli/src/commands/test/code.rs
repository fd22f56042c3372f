//! Tests that are code: functions of files that end in `_test.star`.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use plumb_configuration::suite::TestCommand;
use plumb_deploy::{HostPlan, OwnLibrary, Secrets, Setting, Shown, run_test, test_globals, tests_of};
use plumb_diagnostics::{Diagnostic, Diagnostics, TextStyle};
use plumb_executor::Stop;
use plumb_starlark::{Limits, Loader, Program};
use plumb_testing::{FileReport, Observer as _, Progress, RunReport, Status};
use plumb_view::hosts::{HostsStyle, host_plan_text};

use super::narrator::Narrator;
use crate::commands::hosts::deploy::translated;
use crate::commands::hosts::outside::machine_of;
use crate::session::Session;

/// What the names of such files end with.
pub(in crate::commands) const ENDING: &str = "_test.star";

/// A file of tests.
pub(super) struct CodeFile {
    /// Its path as people write it.
    pub(super) name: String,
    /// Its code, or what is wrong with it.
    program: Result<Program, Diagnostics>,
    /// The names of its tests.
    pub(super) tests: Vec<String>,
}

/// Every file of tests of a directory and of its directory of tests.
pub(in crate::commands) fn names(session: &Session<'_>, tests: &str) -> Vec<String> {
    let mut directories = vec![String::new()];
    let below = super::tidy(Path::new(tests)).to_string_lossy().into_owned();
    if !below.is_empty() {
        directories.push(format!("{below}/"));
    }
    let mut names = Vec::new();
    for directory in directories {
        let path = session.directory.join(&directory);
        let listed = session.files.list(&path).unwrap_or_default();
        let files = listed.into_iter().filter(|(name, is_directory)| {
            !is_directory && !name.starts_with('.') && name.len() > ENDING.len() && name.ends_with(ENDING)
        });
        names.extend(files.map(|(name, _)| format!("{directory}{name}")));
    }
    names.sort();
    names
}

/// Where a file lies, as people write it.
pub(in crate::commands) fn path(session: &Session<'_>, name: &str) -> String {
    super::tidy(&session.directory.join(name)).to_string_lossy().into_owned()
}

/// Reads a file.
pub(super) fn read(session: &Session<'_>, name: String) -> CodeFile {
    let (library, globals) = (OwnLibrary, test_globals());
    let mut loader = Loader::new(&*session.files, &library, &globals, Limits::default());
    let path = path(session, &name);
    let program = loader.load(&path).map_err(|diagnostic| {
        Diagnostics::from(translated(&diagnostic, loader.sources(), &session.shell.sources))
    });
    let tests = program.as_ref().map(|program| tests_of(program, &path)).unwrap_or_default();
    CodeFile { name, program, tests }
}

/// Runs the tests of a file.
pub(super) fn run(
    session: &Session<'_>,
    file: &CodeFile,
    narrator: &Narrator,
    is_verbose: bool,
) -> FileReport {
    let mut report = FileReport {
        name: file.name.as_str().into(),
        status: Status::Pass,
        diagnostics: Diagnostics::new(),
        runs: file.tests.iter().map(|name| pending(name)).collect(),
    };
    narrator.file(&report, Progress::Starting);
    match &file.program {
        Ok(program) => {
            for (at, name) in file.tests.iter().enumerate() {
                let run = one(session, program, file, name, narrator, is_verbose);
                report.status = report.status.and(run.status);
                narrator.run_ended(&file.name, &run);
                report.runs[at] = run;
            }
        }
        Err(problems) => {
            report.status = Status::Error;
            report.diagnostics.append(problems.clone());
        }
    }
    narrator.file(&report, Progress::Complete);
    report
}

fn pending(name: &str) -> RunReport {
    RunReport {
        name: name.into(),
        command: TestCommand::Plan,
        status: Status::Pending,
        assertions: 0,
        diagnostics: Diagnostics::new(),
        made: None,
        took: std::time::Duration::ZERO,
    }
}

fn one(
    session: &Session<'_>,
    program: &Program,
    file: &CodeFile,
    name: &str,
    narrator: &Narrator,
    is_verbose: bool,
) -> RunReport {
    if session.stop.asked() != Stop::No {
        return RunReport { status: Status::Skip, ..pending(name) };
    }
    narrator.run_begins(&file.name, name);
    let since = Instant::now();
    let secrets = Secrets::new();
    let path = path(session, &file.name);
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
    let mut setting = Setting::new(name, &directory, session.files.clone(), secrets.clone());
    // Programs that plan operations are part of what is tested; secrets are made up.
    setting.machine = machine_of(session);
    let result = run_test(program, name, &setting, shown(&secrets));
    if is_verbose || result.problem.is_some() {
        narrator.printed(&file.name, name, result.printed.iter().map(|line| secrets.hidden(line)));
    }
    let mut diagnostics = Diagnostics::new();
    let status = match result.problem {
        None => Status::Pass,
        Some(problem) => {
            let diagnostic = translated(&problem.diagnostic, program.sources(), &session.shell.sources);
            diagnostics.push(Diagnostic { detail: secrets.hidden(&diagnostic.detail), ..diagnostic });
            if problem.is_assertion { Status::Fail } else { Status::Error }
        }
    };
    RunReport { status, diagnostics, took: since.elapsed(), ..pending(name) }
}

/// A plan as `deploy -plan` shows it.
fn shown(secrets: &Secrets) -> Shown {
    let style = HostsStyle {
        text: TextStyle::PLAIN,
        secrets: secrets.clone(),
        shows_differences: true,
        shows_all: false,
    };
    Arc::new(move |plan: &HostPlan| host_plan_text(plan, &style))
}
