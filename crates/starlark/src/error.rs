//! What went wrong in code, and where.

use plumb_diagnostics::Diagnostic;
use starlark::ErrorKind;

use crate::overflow::Overflow;
use crate::sources::Sources;

/// More calls than that, one inside of the other, are not told.
const NOTES_MAX: usize = 8;

/// An error of a native of ours, where it is of that type.
pub fn native<T: std::error::Error + Send + Sync + 'static>(error: &starlark::Error) -> Option<&T> {
    match error.kind() {
        ErrorKind::Native(error) | ErrorKind::Other(error) | ErrorKind::Value(error) => error.downcast_ref(),
        _ => None,
    }
}

/// An error of the language, as people are told of it: where it is, and on which way one gets there.
pub fn diagnostic(error: &starlark::Error, sources: &Sources) -> Diagnostic {
    let (summary, what) = match error.kind() {
        ErrorKind::Fail(error) => ("The code says that it cannot go on", error),
        ErrorKind::StackOverflow(error) => ("Functions call one another without end", error),
        ErrorKind::Value(error) => ("A value does not fit", error),
        ErrorKind::Function(error) => ("A function is called wrongly", error),
        ErrorKind::Scope(error) => ("No such name", error),
        // What a function of the language reads, such as a number, is no code.
        ErrorKind::Parser(why) if !error.call_stack().frames.is_empty() => ("A value does not fit", why),
        ErrorKind::Parser(error) => ("Code that cannot be read", error),
        ErrorKind::Native(error) | ErrorKind::Other(error) => ("The code cannot go on", error),
        ErrorKind::Freeze(error) | ErrorKind::Internal(error) => ("The code cannot be used", error),
        _ => return Diagnostic::error("The code cannot go on", without_place(error)),
    };
    if let Some(limit) = limit(&what.to_string()) {
        return limit;
    }
    if native::<Overflow>(error).is_some() {
        return too_much_memory();
    }
    let mut diagnostic = Diagnostic::error(summary, sentence(&format!("{what:#}")));
    if let Some(place) = error.span() {
        diagnostic = diagnostic.at(sources.span(place));
    }
    call_stack_notes(diagnostic, error, sources)
}

/// What is told of code that takes more than it may: the language does not say where it was.
fn limit(text: &str) -> Option<Diagnostic> {
    if text.starts_with("Execution duration limit") {
        let why = "The code has gone through so many rounds of loops and calls of functions that it was stopped: it seems \
                   to go on for ever.";
        return Some(Diagnostic::error("The code does not come to an end", why));
    }
    text.starts_with("Heap memory limit").then(too_much_memory)
}

fn too_much_memory() -> Diagnostic {
    let why = "The code keeps so many values that it was stopped: it seems to gather them without end.";
    Diagnostic::error("The code takes too much memory", why)
}

/// Notes on the calls that led there, the innermost first.
fn call_stack_notes(mut diagnostic: Diagnostic, error: &starlark::Error, sources: &Sources) -> Diagnostic {
    for frame in error.call_stack().frames.iter().rev().take(NOTES_MAX) {
        let Some(place) = &frame.location else { continue };
        let span = sources.span(place);
        if !span.is_none() && diagnostic.subject != Some(span) {
            diagnostic = diagnostic.note(span, format!("{} is called here", frame.name));
        }
    }
    diagnostic
}

fn without_place(error: &starlark::Error) -> String {
    sentence(&error.without_diagnostic().to_string())
}

/// As the rest of our messages are written.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("fail: ").unwrap_or(text);
    if text.ends_with(['.', '!', '?', '\n']) { text.to_owned() } else { format!("{text}.") }
}
