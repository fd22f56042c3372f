//! Results of tests in the XML that JUnit made common.

use std::io::{self, Write};
use std::time::Duration;

use plumb_diagnostics::{Diagnostic, Severity, TextStyle, render_all_text};
use plumb_source::SourceMap;
use plumb_testing::{FileReport, RunReport, Status, SuiteReport};

/// When a run began and how long it took.
#[derive(Clone, Debug)]
pub struct TimedRun {
    /// When, in RFC 3339 form with whole seconds.
    pub began: String,
    /// How long.
    pub took: Duration,
}

/// Writes what came of all tests. `timed` knows of the runs that were begun, by file and run.
///
/// # Errors
/// Whatever writing says.
pub fn write_junit(
    out: &mut dyn Write,
    report: &SuiteReport,
    sources: &SourceMap,
    timed: &dyn Fn(&str, &str) -> Option<TimedRun>,
) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><testsuites>")?;
    for file in &report.files {
        write_file(out, file, sources, timed)?;
    }
    write!(out, "</testsuites>")
}

fn write_file(
    out: &mut dyn Write,
    file: &FileReport,
    sources: &SourceMap,
    timed: &dyn Fn(&str, &str) -> Option<TimedRun>,
) -> io::Result<()> {
    let count = |status| file.runs.iter().filter(|run| run.status == status).count();
    writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" skipped=\"{}\" failures=\"{}\" errors=\"{}\">",
        escaped(&file.name),
        file.runs.len(),
        count(Status::Skip),
        count(Status::Fail),
        count(Status::Error)
    )?;
    let mut culprit = None;
    for run in &file.runs {
        write!(out, "    <testcase name=\"{}\" classname=\"{}\"", escaped(&run.name), escaped(&file.name))?;
        if let Some(timed) = timed(&file.name, &run.name) {
            write!(out, " time=\"{}\" timestamp=\"{}\"", timed.took.as_secs_f64(), escaped(&timed.began))?;
        }
        write!(out, ">")?;
        write_content(out, run, culprit, sources)?;
        writeln!(out, "</testcase>")?;
        if run.status == Status::Error {
            culprit = Some(&*run.name);
        }
    }
    writeln!(out, "  </testsuite>")
}

fn write_content(
    out: &mut dyn Write,
    run: &RunReport,
    culprit: Option<&str>,
    sources: &SourceMap,
) -> io::Result<()> {
    let (errors, warnings): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
        run.diagnostics.iter().partition(|diagnostic| diagnostic.severity == Severity::Error);
    let element = match run.status {
        Status::Pending | Status::Pass => None,
        Status::Skip => {
            let (message, text) = skipped(culprit);
            Some(("skipped", message, text))
        }
        Status::Fail => Some(("failure", failure(run, &errors), shown(errors.clone(), sources))),
        Status::Error => Some(("error", "Encountered an error".to_owned(), shown(errors.clone(), sources))),
    };
    let is_empty = element.is_none() && warnings.is_empty();
    if !is_empty {
        writeln!(out)?;
    }
    if let Some((name, message, text)) = element {
        writeln!(out, "      <{name} message=\"{}\">{}</{name}>", escaped(&message), data(&text))?;
    }
    if !warnings.is_empty() {
        writeln!(out, "      <system-err>{}</system-err>", data(&shown(warnings, sources)))?;
    }
    if is_empty { Ok(()) } else { write!(out, "    ") }
}

fn skipped(culprit: Option<&str>) -> (String, String) {
    match culprit {
        Some(name) => (
            "Testcase skipped due to a previous testcase error".to_owned(),
            format!(
                "Previous testcase {name:?} ended in error, which caused the remaining tests in the file to be skipped"
            ),
        ),
        None => ("Testcase skipped".to_owned(), String::new()),
    }
}

fn failure(run: &RunReport, errors: &[&Diagnostic]) -> String {
    let failed: Vec<&&Diagnostic> =
        errors.iter().filter(|error| error.summary == "Test assertion failed").collect();
    match failed.first() {
        Some(first) => {
            format!("{} of {} assertions failed, including: {}", failed.len(), run.assertions, first.detail)
        }
        None => "Test run failed".to_owned(),
    }
}

fn shown(diagnostics: Vec<&Diagnostic>, sources: &SourceMap) -> String {
    format!("\n{}", render_all_text(diagnostics, sources, &TextStyle::PLAIN))
}

/// Text that stands for itself. Its only end mark is written in two parts.
fn data(text: &str) -> String {
    format!("<![CDATA[{}]]>", printable(text).replace("]]>", "]]]]><![CDATA[>"))
}

/// Characters that XML has no place for are left out.
fn printable(text: &str) -> String {
    let fits = |character: &char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(fits).collect()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' => escaped.push_str("&#x9;"),
            '\n' => escaped.push_str("&#xA;"),
            '\r' => escaped.push_str("&#xD;"),
            other => escaped.push(other),
        }
    }
    escaped
}
