//! Problems that providers report, turned into diagnostics with a place in the source.

use plumb_configuration::{Body, ResourceBlock};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{ephemeral_places, span_of};
use plumb_schema::Schema;
use plumb_source::Span;
use plumb_state::ProviderDiagnostic;
use plumb_value::Value;

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
    // Nearly always there is nothing to say, and then not even the address is written.
    if problems.is_empty() {
        return Diagnostics::new();
    }
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

/// What is wrong where a value that must not be kept stands for an argument that is kept.
pub(crate) fn ephemeral_misuse(block: &ResourceBlock, schema: &Schema, config: &Value) -> Diagnostics {
    let places = ephemeral_places(config, &schema.block);
    let problems = places.into_iter().map(|path| {
        Diagnostic::error(
            "Invalid use of ephemeral value",
            format!(
                "Ephemeral values are not valid for \"{}\", because it is stored in the state. Use it for a write-only \
                 argument instead.",
                trim_dot(&path.to_string())
            ),
        )
        .at(span_of(&block.body, &path).unwrap_or(block.header))
    });
    problems.collect()
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
