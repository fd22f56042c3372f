//! Problems that providers report, turned into diagnostics with a place in the source.

use plumb_configuration::{Body, ResourceBlock};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::span_of;
use plumb_source::Span;
use plumb_state::ProviderDiagnostic;

/// Where in the source an object comes from.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The body of its block, where there is one.
    pub body: Option<&'a Body>,
    /// The block's header.
    pub header: Span,
}

impl<'a> Place<'a> {
    /// Nowhere: the object is in the state only.
    pub const NOWHERE: Place<'static> = Place { body: None, header: Span::NONE };

    /// A resource block.
    pub fn of(block: &'a ResourceBlock) -> Self {
        Place { body: Some(&block.body), header: block.header }
    }
}

/// Diagnostics for what a provider reported about an object.
pub fn provider_problems(
    problems: Vec<ProviderDiagnostic>,
    place: Place<'_>,
    address: impl ToString,
) -> Diagnostics {
    let address = address.to_string();
    problems
        .into_iter()
        .map(|problem| {
            let span = place
                .body
                .filter(|_| !problem.path.0.is_empty())
                .and_then(|body| span_of(body, &problem.path))
                .unwrap_or(place.header);
            let mut diagnostic = if problem.is_error {
                Diagnostic::error(problem.summary, problem.detail)
            } else {
                Diagnostic::warning(problem.summary, problem.detail)
            };
            if !problem.path.0.is_empty() && span == place.header {
                diagnostic
                    .detail
                    .push_str(&format!("\n\nThis concerns {}.", trim_dot(&problem.path.to_string())));
            }
            diagnostic.at(span).on(&address)
        })
        .collect()
}

fn trim_dot(path: &str) -> &str {
    path.trim_start_matches('.')
}

/// The problem of a provider that does not keep to the protocol.
pub(crate) fn provider_bug(summary: &str, provider: &str, what: &str, details: &[String]) -> Diagnostic {
    let list: Vec<String> = details.iter().map(|detail| format!("  - {detail}")).collect();
    Diagnostic::error(
        summary,
        format!(
            "Provider \"{provider}\" {what}\n{}\n\nThis is a bug in the provider, which should be reported in the \
             provider's own issue tracker.",
            list.join("\n")
        ),
    )
}
