//! Tells people and programs how tests go on.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_diagnostics::{Diagnostic, Diagnostics, TextStyle, render_all_text};
use plumb_source::SourceMap;
use plumb_testing::{
    Abandoned, Cleanup, FileReport, Made, Observer, Progress, RunReport, Status, SuiteReport,
};
use plumb_view::text::Detail;
use plumb_view::{TimedRun, ViewError, json, text, write_junit};

use crate::session::Schemas;
use crate::shell::Shell;
use crate::terminal::{Terminal, now};

/// Tells people and programs how tests go on.
pub(super) struct Narrator {
    terminal: Arc<Terminal>,
    sources: Arc<SourceMap>,
    is_json: bool,
    style: TextStyle,
    error_style: TextStyle,
    /// By what plans and states are shown, where that is wanted.
    schemas: Option<Schemas>,
    /// When runs began, by file and run.
    began: Mutex<HashMap<(String, String), TimedRun>>,
}

impl Narrator {
    pub(super) fn new(shell: &Shell, schemas: Option<Schemas>) -> Self {
        Narrator {
            terminal: shell.terminal.clone(),
            sources: shell.sources.clone(),
            is_json: shell.speaks_json(),
            style: shell.terminal.style(),
            error_style: shell.terminal.error_style(),
            schemas,
            began: Mutex::default(),
        }
    }

    fn began(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), TimedRun>> {
        self.began.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report(&self, file: &str, run: Option<&str>, diagnostics: &Diagnostics) {
        if self.is_json {
            for diagnostic in diagnostics.iter() {
                self.terminal.line(json::test_diagnostic_line(file, run, diagnostic, &self.sources, &now()));
            }
            return;
        }
        let (errors, warnings): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
            diagnostics.iter().partition(|diagnostic| diagnostic.is_error());
        if !warnings.is_empty() {
            self.terminal.print(&format!("\n{}", render_all_text(warnings, &self.sources, &self.style)));
        }
        if !errors.is_empty() {
            self.terminal
                .print_error(&format!("\n{}", render_all_text(errors, &self.sources, &self.error_style)));
        }
    }

    fn show(&self, file: &str, run: &RunReport) {
        let (Some(schemas), Some((made, config))) = (&self.schemas, &run.made) else { return };
        let find = |provider: &_, mode, kind: &str| schemas.find(provider, mode, kind);
        let shown = if self.is_json {
            json::test_made_line(file, run, made, config, &find, &now()).map(|line| self.terminal.line(line))
        } else {
            self.terminal.write(|out| {
                writeln!(out)?;
                match made {
                    Made::Plan(plan) => text::write_plan(out, plan, Some(config), &self.style, Detail::Full)?,
                    Made::State(state) => text::write_state(out, state, &find, &self.style)?,
                }
                Ok::<(), ViewError>(writeln!(out)?)
            })
        };
        if let Err(error) = shown {
            let detail = format!("What the run has made cannot be shown: {error}.");
            let warning = Diagnostic::warning("Failed to render test result", detail);
            self.report(file, Some(&run.name), &warning.into());
        }
    }

    /// What a test that is code has printed.
    pub(super) fn printed(&self, file: &str, run: &str, lines: impl Iterator<Item = String>) {
        for line in lines {
            if self.is_json {
                self.terminal.line(json::test_printed_line(file, run, &line, &now()));
            } else {
                self.terminal.line(format!("    {line}"));
            }
        }
    }

    /// Writes the results in the XML format of JUnit, at once or not at all.
    pub(super) fn write_junit(&self, report: &SuiteReport, path: &str) -> Result<(), Diagnostics> {
        let timed = |file: &str, run: &str| self.began().get(&(file.to_owned(), run.to_owned())).cloned();
        let mut document = Vec::new();
        let directory = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut write = || {
            write_junit(&mut document, report, &self.sources, &timed)?;
            let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
            file.write_all(&document)?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error).map(drop)
        };
        write().map_err(|error: std::io::Error| {
            // The error itself names a draft that nobody has asked for.
            let detail = format!(
                "The results cannot be written to {path}: {}. The tests themselves have come to their end.",
                error.kind()
            );
            Diagnostic::error("Failed to write JUnit XML file", detail).into()
        })
    }
}

impl Observer for Narrator {
    fn file(&self, file: &FileReport, progress: Progress) {
        if self.is_json {
            self.terminal.line(json::test_file_line(file, progress, &now()));
        } else {
            self.terminal.line(text::test_file(file, progress, &self.style));
        }
        if progress == Progress::Complete {
            self.report(&file.name, None, &file.diagnostics);
        }
    }

    fn run_begins(&self, file: &str, run: &str) {
        let timed = TimedRun {
            began: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            took: Default::default(),
        };
        self.began().insert((file.to_owned(), run.to_owned()), timed);
        if self.is_json {
            let line = json::test_run_line(file, run, Progress::Starting, Status::Pending, &now());
            self.terminal.line(line);
        }
    }

    fn run_ended(&self, file: &str, run: &RunReport) {
        if let Some(timed) = self.began().get_mut(&(file.to_owned(), run.name.to_string())) {
            timed.took = run.took;
        }
        if self.is_json {
            let line = json::test_run_line(file, &run.name, Progress::Complete, run.status, &now());
            self.terminal.line(line);
        } else {
            self.terminal.line(text::test_run(run, &self.style));
        }
        self.show(file, run);
        self.report(file, Some(&run.name), &run.diagnostics);
    }

    fn cleans(&self, file: &str, run: &str) {
        if self.is_json {
            let line = json::test_run_line(file, run, Progress::Teardown, Status::Pending, &now());
            self.terminal.line(line);
        }
    }

    fn cleaned(&self, cleanup: &Cleanup<'_>) {
        if self.is_json {
            if let Some(line) = json::test_cleanup_line(cleanup, &now()) {
                self.terminal.line(line);
            }
        } else if let Some(text) = text::test_cleanup(cleanup, &self.error_style) {
            self.terminal.print_error(&text);
        }
        self.report(cleanup.file, Some(cleanup.run), &cleanup.diagnostics);
    }

    fn abandoned(&self, abandoned: &Abandoned<'_>) {
        if self.is_json {
            if let Some(line) = json::test_abandoned_line(abandoned, &now()) {
                self.terminal.line(line);
            }
        } else {
            self.terminal.print_error(&text::test_abandoned(abandoned, &self.error_style));
        }
    }
}
