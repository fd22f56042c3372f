//! Problems that the provider reports.

use plumb_state::{ProviderDiagnostic, ProviderDiagnostics};
use plumb_value::Path;

/// One problem.
pub(crate) type Problem = ProviderDiagnostic;

/// Any number of problems.
pub(crate) type Problems = ProviderDiagnostics;

/// An error about the whole object.
pub(crate) fn problem(summary: impl Into<String>, detail: impl Into<String>) -> Problem {
    ProviderDiagnostic { is_error: true, summary: summary.into(), detail: detail.into(), path: Path::root() }
}

/// An error about one attribute.
pub(crate) fn problem_at(attribute: &str, summary: impl Into<String>, detail: impl Into<String>) -> Problem {
    ProviderDiagnostic { path: Path::root().attribute(attribute), ..problem(summary, detail) }
}

/// The same as something that does not keep anybody from going on.
pub(crate) fn warning(problem: Problem) -> Problem {
    ProviderDiagnostic { is_error: false, ..problem }
}

/// A text that ends as sentences do.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
