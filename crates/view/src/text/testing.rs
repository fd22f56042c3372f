//! Tests for people: a line for each file and run, a summary, and what could not be destroyed.

use plumb_address::{AbsResourceInstance, DeposedKey, Mode};
use plumb_diagnostics::TextStyle;
use plumb_state::State;
use plumb_testing::{Abandoned, Cleanup, FileReport, Progress, RunReport, Status, SuiteReport};

/// The word for how something came out: whatever is not as it should be has failed.
pub fn test_status(status: Status) -> &'static str {
    match status {
        Status::Fail | Status::Error => "fail",
        other => other.name(),
    }
}

fn coloured(status: Status, style: &TextStyle) -> String {
    let word = test_status(status);
    match status {
        Status::Fail | Status::Error => style.red(word),
        Status::Pass => style.green(word),
        Status::Pending | Status::Skip => style.faint(word),
    }
}

/// How far a file is.
pub fn test_file(file: &FileReport, progress: Progress, style: &TextStyle) -> String {
    let words = match progress {
        Progress::Starting => style.faint("in progress"),
        Progress::Teardown => style.faint("tearing down"),
        Progress::Complete => coloured(file.status, style),
    };
    format!("{}... {words}", file.name)
}

/// How a run came out.
pub fn test_run(run: &RunReport, style: &TextStyle) -> String {
    format!("  run {:?}... {}", run.name, coloured(run.status, style))
}

/// How everything came out, in numbers.
pub(crate) fn suite_summary(report: &SuiteReport) -> String {
    let text = numbers(report);
    match report.status() {
        Status::Pending | Status::Skip => text,
        Status::Pass => format!("Success! {text}"),
        Status::Fail | Status::Error => format!("Failure! {text}"),
    }
}

fn numbers(report: &SuiteReport) -> String {
    let skipped = match report.count(Status::Skip) {
        0 => String::new(),
        count => format!(", {count} skipped"),
    };
    if report.status() <= Status::Skip {
        return format!("Executed 0 tests{skipped}.");
    }
    let failed = report.count(Status::Fail) + report.count(Status::Error);
    format!("{} passed, {failed} failed{skipped}.", report.count(Status::Pass))
}

/// The same for people.
pub fn test_summary(report: &SuiteReport, style: &TextStyle) -> String {
    let text = numbers(report);
    match report.status() {
        Status::Pending | Status::Skip => text,
        Status::Pass => format!("{} {text}", style.success("Success!")),
        Status::Fail | Status::Error => format!("{} {text}", style.red("Failure!")),
    }
}

/// Managed objects of a state, deposed ones too.
pub(crate) fn still_recorded(state: &State) -> Vec<(AbsResourceInstance, Option<DeposedKey>)> {
    let managed = state.resources.iter().filter(|(address, _)| address.resource.mode == Mode::Managed);
    let mut found = Vec::new();
    for (resource, recorded) in managed {
        for (key, instance) in recorded.instances.iter() {
            let address = resource.instance(key.clone());
            found.extend(instance.current.iter().map(|_| (address.clone(), None)));
            found.extend(instance.deposed.keys().map(|key| (address.clone(), Some(key.clone()))));
        }
    }
    found
}

fn list(state: &State) -> String {
    let lines = still_recorded(state).into_iter().map(|(address, deposed)| match deposed {
        Some(deposed) => format!("  - {address} ({})\n", deposed.0),
        None => format!("  - {address}\n"),
    });
    lines.collect()
}

/// What could not be destroyed; `None` where everything was.
pub fn test_cleanup(cleanup: &Cleanup<'_>, style: &TextStyle) -> Option<String> {
    let place = format!("{}/{}", cleanup.file, cleanup.run);
    let mut text = String::new();
    if cleanup.diagnostics.has_errors() {
        let words =
            format!("Plumb encountered an error destroying resources created while executing {place}.");
        text.push_str(&format!("{}\n", style.wrap(&words)));
    }
    let left = list(cleanup.left);
    if !left.is_empty() {
        let words = format!(
            "Plumb left the following resources in state after executing {place}, and they need to be cleaned up manually:"
        );
        text.push_str(&format!("\n{}\n{left}", style.wrap(&words)));
    }
    (!text.is_empty()).then_some(text)
}

/// What is there when nobody waits any more.
pub fn test_abandoned(abandoned: &Abandoned<'_>, style: &TextStyle) -> String {
    let words = format!(
        "Plumb was interrupted while executing {}, and may not have performed the expected cleanup operations.",
        abandoned.file
    );
    let mut text = format!("\n{}\n", style.wrap(&words));
    for (run, module, state) in &abandoned.states {
        let words = match module {
            None => {
                "Plumb has already created the following resources from the module under test:".to_owned()
            }
            Some(module) => {
                format!("Plumb has already created the following resources for {run:?} from {module:?}:")
            }
        };
        text.push_str(&format!("\n{}\n{}", style.wrap(&words), list(state)));
    }
    if let Some((run, making)) = &abandoned.making {
        let words = format!(
            "Plumb was in the process of creating the following resources for {run:?}, and they may not have been destroyed:"
        );
        let names: String = making.iter().map(|address| format!("  - {address}\n")).collect();
        text.push_str(&format!("\n{}\n{names}", style.wrap(&words)));
    }
    text
}
