//! Messages of `test -json`: files, runs, what they made, and what was left.

use plumb_configuration::Config;
use plumb_diagnostics::Diagnostic;
use plumb_source::SourceMap;
use plumb_state::State;
use plumb_testing::{Abandoned, Cleanup, FileReport, Made, Progress, RunReport, Status, SuiteReport};

use super::messages::{LogLevel, tagged_diagnostic_line, tagged_message};
use super::plan::write_plan;
use super::state::write_state;
use super::writer::{Members, array};
use crate::text::{still_recorded, suite_summary, test_status};
use crate::{FindSchema, ViewError};

const FILE: &str = "@testfile";
const RUN: &str = "@testrun";

/// What is going to be run.
pub fn test_abstract_line(files: &[(String, Vec<String>)], at: &str) -> String {
    let runs: usize = files.iter().map(|(_, runs)| runs.len()).sum();
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let text = format!("Found {} and {}", counted(files.len(), "file"), counted(runs, "run block"));
    tagged_message(LogLevel::Info, &text, at, "test_abstract", &[], |members| {
        members.object("test_abstract", |members| {
            for (file, runs) in files {
                members.strings(file, runs);
            }
        });
    })
}

/// A line that a test has printed.
pub fn test_printed_line(file: &str, run: &str, line: &str, at: &str) -> String {
    tagged_message(LogLevel::Info, line, at, "test_printed", &[(FILE, file), (RUN, run)], |members| {
        members.object("test_printed", |members| members.string("text", line));
    })
}

/// How far a file is.
pub fn test_file_line(file: &FileReport, progress: Progress, at: &str) -> String {
    let words = match progress {
        Progress::Starting => "in progress",
        Progress::Teardown => "tearing down",
        Progress::Complete => test_status(file.status),
    };
    let text = format!("{}... {words}", file.name);
    tagged_message(LogLevel::Info, &text, at, "test_file", &[(FILE, &file.name)], |members| {
        members.object("test_file", |members| {
            members.string("path", &file.name);
            members.string("progress", progress_name(progress));
            if progress == Progress::Complete {
                members.string("status", file.status.name());
            }
        });
    })
}

fn progress_name(progress: Progress) -> &'static str {
    match progress {
        Progress::Starting => "starting",
        Progress::Teardown => "teardown",
        Progress::Complete => "complete",
    }
}

/// How far a run is; `None` where it is done and the report says how.
pub fn test_run_line(file: &str, run: &str, progress: Progress, status: Status, at: &str) -> String {
    let words = match progress {
        Progress::Starting => "in progress",
        Progress::Teardown => "tearing down",
        Progress::Complete => test_status(status),
    };
    let text = format!("  {run:?}... {words}");
    tagged_message(LogLevel::Info, &text, at, "test_run", &[(FILE, file), (RUN, run)], |members| {
        members.object("test_run", |members| {
            members.string("path", file);
            members.string("run", run);
            members.string("progress", progress_name(progress));
            if progress == Progress::Complete {
                members.string("status", status.name());
            } else {
                members.plain("elapsed", 0);
            }
        });
    })
}

/// The plan or the state that a run made.
///
/// # Errors
/// Where it cannot be shown, as without the schema of a type.
pub fn test_made_line(
    file: &str,
    run: &RunReport,
    made: &Made,
    config: &Config,
    schemas: &FindSchema<'_>,
    at: &str,
) -> Result<String, ViewError> {
    let mut document = Vec::new();
    let (kind, what) = match made {
        Made::Plan(plan) => {
            write_plan(&mut document, plan, config, schemas)?;
            ("test_plan", "plan")
        }
        Made::State(state) => {
            write_state(&mut document, state, schemas)?;
            ("test_state", "state")
        }
    };
    let text = format!("-verbose flag enabled, printing {what}");
    let tags = [(FILE, file), (RUN, &*run.name)];
    Ok(tagged_message(LogLevel::Info, &text, at, kind, &tags, |members| {
        members.key(kind).extend(document);
    }))
}

/// A problem of a file or of a run.
pub fn test_diagnostic_line(
    file: &str,
    run: Option<&str>,
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    at: &str,
) -> String {
    let mut tags = vec![(FILE, file)];
    tags.extend(run.map(|run| (RUN, run)));
    tagged_diagnostic_line(diagnostic, sources, at, &tags)
}

fn write_objects(name: &str, state: &State, members: &mut Members<'_>) {
    array(members.key(name), still_recorded(state), |text, (address, deposed)| {
        let mut members = Members::new(text);
        members.string("instance", &address.to_string());
        if let Some(deposed) = deposed {
            members.string("deposed_key", &deposed.0);
        }
        members.end();
    });
}

/// What could not be destroyed; `None` where everything was.
pub fn test_cleanup_line(cleanup: &Cleanup<'_>, at: &str) -> Option<String> {
    if still_recorded(cleanup.left).is_empty() {
        return None;
    }
    let text = format!(
        "Plumb left some resources in state after executing {}/{}, they need to be cleaned up manually.",
        cleanup.file, cleanup.run
    );
    let tags = [(FILE, cleanup.file), (RUN, cleanup.run)];
    Some(tagged_message(LogLevel::Error, &text, at, "test_cleanup", &tags, |members| {
        members.object("test_cleanup", |members| write_objects("failed_resources", cleanup.left, members));
    }))
}

/// What is there when nobody waits any more; `None` where there is nothing.
pub fn test_abandoned_line(abandoned: &Abandoned<'_>, at: &str) -> Option<String> {
    if abandoned.states.is_empty() && abandoned.making.is_none() {
        return None;
    }
    let text = "Plumb was interrupted during test execution, and may not have performed the expected cleanup operations.";
    let tags = [(FILE, abandoned.file)];
    Some(tagged_message(LogLevel::Error, text, at, "test_interrupt", &tags, |members| {
        members.object("test_interrupt", |members| {
            let (own, others): (Vec<_>, Vec<_>) =
                abandoned.states.iter().partition(|(_, module, _)| module.is_none());
            if let Some((_, _, state)) = own.first() {
                write_objects("state", state, members);
            }
            if !others.is_empty() {
                members.object("states", |members| {
                    for (run, _, state) in others {
                        write_objects(run, state, members);
                    }
                });
            }
            if let Some((_, making)) = &abandoned.making {
                members.strings("planned", making);
            }
        });
    }))
}

/// How everything came out.
pub fn test_summary_line(report: &SuiteReport, at: &str) -> String {
    let text = suite_summary(report);
    tagged_message(LogLevel::Info, &text, at, "test_summary", &[], |members| {
        members.object("test_summary", |members| {
            members.string("status", report.status().name());
            members.plain("passed", report.count(Status::Pass));
            members.plain("failed", report.count(Status::Fail));
            members.plain("errored", report.count(Status::Error));
            members.plain("skipped", report.count(Status::Skip));
        });
    })
}
