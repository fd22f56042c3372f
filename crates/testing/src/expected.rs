//! Failures that a run expects.

use plumb_configuration::suite::ExpectedFailure;
use plumb_diagnostics::{Diagnostic, Diagnostics};

/// What was found of failures that a run expects.
pub(crate) struct Sorted {
    /// Everything else that went wrong.
    pub(crate) unexpected: Diagnostics,
    /// What was expected, and did not happen.
    pub(crate) missing: Diagnostics,
}

fn expects<'a>(
    expected: &'a [ExpectedFailure],
    diagnostic: &Diagnostic,
) -> Option<(usize, &'a ExpectedFailure)> {
    let address = diagnostic.failed_check.as_deref()?;
    expected.iter().enumerate().find(|(_, failure)| failure.covers(address))
}

/// Sets failures that are expected aside.
pub(crate) fn sort(expected: &[ExpectedFailure], diagnostics: Diagnostics) -> Sorted {
    let mut has_failed = vec![false; expected.len()];
    let mut unexpected = Diagnostics::new();
    for diagnostic in diagnostics {
        match expects(expected, &diagnostic) {
            Some((at, _)) => has_failed[at] = true,
            None => unexpected.push(diagnostic),
        }
    }
    let missing = expected.iter().zip(has_failed).filter(|(_, failed)| !failed).map(|(failure, _)| {
        Diagnostic::error(
            "Missing expected failure",
            format!(
                "The checkable object, {}, was expected to report an error but did not.",
                failure.address
            ),
        )
        .at(failure.span)
    });
    Sorted { unexpected, missing: missing.collect() }
}

/// Explains failures that are expected and come too early: a plan that fails is not applied.
pub(crate) fn explain(expected: &[ExpectedFailure], diagnostics: Diagnostics) -> Diagnostics {
    let mut explained = Diagnostics::new();
    for diagnostic in diagnostics {
        if let Some((_, failure)) = expects(expected, &diagnostic)
            && diagnostic.is_error()
        {
            let detail = format!(
                "A condition of {} does not hold, as this run expects. It was found while planning, and a plan that has failed \
                 is not applied, so the run is a failure all the same. To expect a failure of the plan, use command = plan.",
                failure.address
            );
            explained.push(Diagnostic::warning("Expected failure while planning", detail));
        }
        explained.push(diagnostic);
    }
    explained
}
