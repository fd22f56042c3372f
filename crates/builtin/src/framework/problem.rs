//! Problems that a provider reports.
//!
//! Responsible for making them; their text comes from whoever finds them.

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

/// Text between quotation marks, with whatever would be mistaken escaped, as Go's `%q` prints it.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            control if control.is_ascii_control() => {
                quoted.push_str(&format!("\\x{:02x}", u32::from(control)));
            }
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
