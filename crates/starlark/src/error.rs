//! What went wrong in code, and where.

use plumb_diagnostics::Diagnostic;
use starlark::ErrorKind;

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
        ErrorKind::Parser(error) => ("Code that cannot be read", error),
        ErrorKind::Native(error) | ErrorKind::Other(error) => ("The code cannot go on", error),
        ErrorKind::Freeze(error) | ErrorKind::Internal(error) => ("The code cannot be used", error),
        _ => return Diagnostic::error("The code cannot go on", error.without_diagnostic_text()),
    };
    let mut diagnostic = Diagnostic::error(summary, sentence(&format!("{what:#}")));
    if let Some(place) = error.span() {
        diagnostic = diagnostic.at(sources.span(place));
    }
    call_stack_notes(diagnostic, error, sources)
}

/// Notes on the calls that led there, the innermost first.
pub fn call_stack_notes(
    mut diagnostic: Diagnostic,
    error: &starlark::Error,
    sources: &Sources,
) -> Diagnostic {
    for frame in error.call_stack().frames.iter().rev().take(NOTES_MAX) {
        let Some(place) = &frame.location else { continue };
        let span = sources.span(place);
        if !span.is_none() && diagnostic.subject != Some(span) {
            diagnostic = diagnostic.note(span, format!("{} is called here", frame.name));
        }
    }
    diagnostic
}

trait WithoutDiagnostic {
    fn without_diagnostic_text(&self) -> String;
}

impl WithoutDiagnostic for starlark::Error {
    fn without_diagnostic_text(&self) -> String {
        sentence(&self.without_diagnostic().to_string())
    }
}

/// As the rest of our messages are written.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("fail: ").unwrap_or(text);
    if text.ends_with(['.', '!', '?', '\n']) { text.to_owned() } else { format!("{text}.") }
}
