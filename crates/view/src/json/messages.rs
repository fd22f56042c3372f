//! The stream of messages of `-json` runs: one JSON document a line, interface version 1.2.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, InstanceKey};
use plumb_diagnostics::{Diagnostic, Severity, render_json};
use plumb_plan::{Action, Change, ChangeReason, Counts, OutputChange, Plan};
use plumb_source::SourceMap;
use plumb_state::Output;
use plumb_value::json::write_type;

use super::change::{is_listed, write_import_key, write_key};
use super::plan::shown_drift;
use super::value::write_known;
use super::writer::{Members, into_text};
use crate::text::{Summary, summary};
use crate::{COMPATIBLE_VERSION, Event, Operation};

/// How urgent a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// For the curious.
    Info,
    /// Should be looked at.
    Warn,
    /// Something failed.
    Error,
}

/// A message without its line break. `at` is the time in RFC 3339 form with microseconds.
fn message(level: LogLevel, text: &str, at: &str, kind: &str, fill: impl FnOnce(&mut Members<'_>)) -> String {
    tagged_message(level, text, at, kind, &[], fill)
}

/// The same with further words about where it comes from.
pub(super) fn tagged_message(
    level: LogLevel,
    text: &str,
    at: &str,
    kind: &str,
    tags: &[(&str, &str)],
    fill: impl FnOnce(&mut Members<'_>),
) -> String {
    let mut line = Vec::new();
    let mut members = Members::new(&mut line);
    let level = match level {
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    };
    members.string("@level", level);
    members.string("@message", text);
    members.string("@module", "terraform.ui");
    for (name, value) in tags {
        members.string(name, value);
    }
    members.string("@timestamp", at);
    fill(&mut members);
    members.string("type", kind);
    members.end();
    into_text(line)
}

/// The first message of every stream. `program` names this program with its version.
pub fn version_line(program: &str, at: &str) -> String {
    let mut line = Vec::new();
    let mut members = Members::new(&mut line);
    members.string("@level", "info");
    members.string("@message", program);
    members.string("@module", "terraform.ui");
    members.string("@timestamp", at);
    members.string("terraform", COMPATIBLE_VERSION);
    members.string("type", "version");
    members.string("ui", "1.2");
    members.end();
    into_text(line)
}

/// Words that fit no other message.
pub fn log_line(level: LogLevel, text: &str, at: &str) -> String {
    message(level, text, at, "log", |_| {})
}

/// A diagnostic.
pub fn diagnostic_line(diagnostic: &Diagnostic, sources: &SourceMap, at: &str) -> String {
    tagged_diagnostic_line(diagnostic, sources, at, &[])
}

/// The same with further words about where it comes from.
pub(super) fn tagged_diagnostic_line(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    at: &str,
    tags: &[(&str, &str)],
) -> String {
    let (level, label) = match diagnostic.severity {
        Severity::Error => (LogLevel::Error, "Error"),
        Severity::Warning => (LogLevel::Warn, "Warning"),
    };
    let text = format!("{label}: {}", diagnostic.summary);
    tagged_message(level, &text, at, "diagnostic", tags, |members| {
        let json = html_safe(&render_json(diagnostic, sources).to_string());
        members.key("diagnostic").extend(json.as_bytes());
    })
}

/// JSON with everything escaped that would mean something in HTML, as all other documents have it.
/// These characters stand in strings only.
pub(crate) fn html_safe(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            other => text.push(other),
        }
    }
    text
}

/// How objects differ from what was recorded: a message for each.
pub fn drift_lines<'p>(plan: &'p Plan, at: &'p str) -> impl Iterator<Item = String> + 'p {
    shown_drift(plan).map(move |change| {
        let text = format!("{}: Drift detected ({})", change.address, action_name(change));
        change_line(change, &text, "resource_drift", at)
    })
}

/// What will happen: a message for each object that anything happens to.
pub fn planned_change_lines<'p>(plan: &'p Plan, at: &'p str) -> impl Iterator<Item = String> + 'p {
    plan.changes.iter().filter(|change| is_listed(change) && change.is_noteworthy()).map(move |change| {
        let text = format!("{}: Plan to {}", change.address, action_name(change));
        change_line(change, &text, "planned_change", at)
    })
}

fn change_line(change: &Change, text: &str, kind: &str, at: &str) -> String {
    message(LogLevel::Info, text, at, kind, |members| {
        members.object("change", |members| {
            write_resource("resource", &change.address, members);
            if let Some(previous) = &change.previous_address
                && **previous != change.address
            {
                write_resource("previous_resource", previous, members);
            }
            members.string("action", action_name(change));
            if let Some(reason) = change.reason {
                members.string("reason", reason_name(reason));
            }
            if let Some(key) = &change.importing {
                members.object("importing", |members| write_import_key(key, members));
            }
            if let Some(block) = &change.generated_config {
                members.string("generated_config", block);
            }
        });
    })
}

fn action_name(change: &Change) -> &'static str {
    match change.action {
        Action::NoOp if change.previous_address.is_some() => "move",
        Action::NoOp if change.importing.is_some() => "import",
        action => plain_action_name(action),
    }
}

fn plain_action_name(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
        Action::Forget => "remove",
    }
}

/// Reasons of replacements have shorter names in messages than in plans.
fn reason_name(reason: ChangeReason) -> &'static str {
    match reason {
        ChangeReason::ReplaceByTriggers => "replace_triggered_by",
        ChangeReason::ReplaceBecauseTainted => "tainted",
        ChangeReason::ReplaceByRequest => "requested",
        ChangeReason::ReplaceBecauseCannotUpdate => "cannot_update",
        other => other.name(),
    }
}

fn write_resource(name: &str, address: &AbsResourceInstance, members: &mut Members<'_>) {
    members.object(name, |members| {
        members.string("addr", &address.to_string());
        members.string("module", &address.module.to_string());
        members.string("resource", &format!("{}{}", address.resource, address.key));
        members.string("implied_provider", address.resource.implied_provider());
        members.string("resource_type", &address.resource.kind);
        members.string("resource_name", &address.resource.name);
        if address.key == InstanceKey::None {
            members.plain("resource_key", "null");
        } else {
            write_key(&address.key, "resource_key", members);
        }
    });
}

/// The numbers of a plan or of what was done.
pub fn change_summary_line(kind: Summary, counts: &Counts, at: &str) -> String {
    let operation = match kind {
        Summary::Plan => "plan",
        Summary::Apply => "apply",
        Summary::Destroy => "destroy",
    };
    message(LogLevel::Info, &summary(kind, counts), at, "change_summary", |members| {
        members.object("changes", |members| {
            members.plain("add", counts.add);
            members.plain("change", counts.change);
            members.plain("import", counts.import);
            members.plain("remove", counts.destroy);
            members.string("operation", operation);
            if counts.unrefreshed > 0 {
                members.plain("unrefreshed", counts.unrefreshed);
            }
        });
    })
}

/// What will happen to outputs.
pub fn output_changes_line(outputs: &[OutputChange], at: &str) -> String {
    outputs_message(outputs.len(), at, |members| {
        for output in outputs {
            members.object(&output.name, |members| {
                members.plain("sensitive", output.sensitive);
                members.string("action", plain_action_name(output.action));
            });
        }
    })
}

/// Outputs with their values, sensitive ones without.
pub fn outputs_line(outputs: &BTreeMap<Arc<str>, Output>, at: &str) -> String {
    outputs_message(outputs.len(), at, |members| {
        for (name, output) in outputs {
            members.object(name, |members| {
                members.plain("sensitive", output.sensitive);
                write_type(&output.value.ty(), members.key("type"));
                if !output.sensitive {
                    write_known(&output.value, members.key("value"));
                }
            });
        }
    })
}

fn outputs_message(count: usize, at: &str, fill: impl FnOnce(&mut Members<'_>)) -> String {
    message(LogLevel::Info, &format!("Outputs: {count}"), at, "outputs", |members| {
        members.object("outputs", fill);
    })
}

/// Something that happened to an object. `None` for what has no message.
pub fn event_line(event: &Event<'_>, at: &str) -> Option<String> {
    let hook = Hook::of(event)?;
    Some(message(LogLevel::Info, &hook.text, at, hook.kind, |members| {
        members.object("hook", |members| {
            write_resource("resource", hook.address, members);
            if let Some(operation) = hook.operation {
                members.string("action", operation_name(operation));
            }
            if let Some(provisioner) = hook.provisioner {
                members.string("provisioner", provisioner);
            }
            if let Some(output) = hook.output {
                members.string("output", output);
            }
            if let Some(id) = hook.id {
                members.string("id_key", "id");
                members.string("id_value", id);
            }
            if let Some(seconds) = hook.elapsed_seconds {
                members.plain("elapsed_seconds", seconds);
            }
        });
    }))
}

/// What a message about an event has.
struct Hook<'e> {
    kind: &'static str,
    text: String,
    address: &'e AbsResourceInstance,
    operation: Option<Operation>,
    provisioner: Option<&'e str>,
    output: Option<&'e str>,
    id: Option<&'e str>,
    elapsed_seconds: Option<u64>,
}

impl<'e> Hook<'e> {
    fn new(kind: &'static str, address: &'e AbsResourceInstance, words: &str) -> Self {
        Hook {
            kind,
            text: format!("{address}: {words}"),
            address,
            operation: None,
            provisioner: None,
            output: None,
            id: None,
            elapsed_seconds: None,
        }
    }

    fn of(event: &Event<'e>) -> Option<Self> {
        let took = crate::progress::duration;
        Some(match *event {
            Event::ImportStart { .. } => return None,
            Event::RefreshStart { address, id, .. } => Hook {
                id,
                ..Hook::new("refresh_start", address, &format!("Refreshing state...{}", mention(id)))
            },
            Event::RefreshComplete { address, id } => Hook {
                id,
                ..Hook::new("refresh_complete", address, &format!("Refresh complete{}", mention(id)))
            },
            Event::Start { address, operation, id, .. } => {
                let words = format!("{}...{}", words(operation).0, mention(id));
                Hook { id, ..Hook::new(kinds(operation).0, address, &words).doing(operation, None) }
            }
            Event::Progress { address, operation, elapsed_seconds, .. } => {
                let words = format!("Still {}... [{} elapsed]", words(operation).1, took(elapsed_seconds));
                Hook::new(kinds(operation).1, address, &words).doing(operation, Some(elapsed_seconds))
            }
            Event::Complete { address, operation, id, elapsed_seconds, .. } => {
                let id = if operation == Operation::Delete { None } else { id };
                let words =
                    format!("{} complete after {}{}", words(operation).2, took(elapsed_seconds), mention(id));
                Hook {
                    id,
                    ..Hook::new(kinds(operation).2, address, &words).doing(operation, Some(elapsed_seconds))
                }
            }
            Event::Failed { address, operation, elapsed_seconds, .. } => {
                let words = format!("{} errored after {}", words(operation).2, took(elapsed_seconds));
                Hook::new(kinds(operation).3, address, &words).doing(operation, Some(elapsed_seconds))
            }
            Event::ProvisionStart { address, provisioner } => {
                let words = format!("Provisioning with '{provisioner}'...");
                Hook::new("provision_start", address, &words).with(provisioner)
            }
            Event::ProvisionOutput { address, provisioner, output } => {
                let hook = Hook::new("provision_progress", address, &format!("({provisioner}): {output}"));
                Hook { output: Some(output), ..hook.with(provisioner) }
            }
            Event::ProvisionComplete { address, provisioner } => {
                let words = format!("({provisioner}) Provisioning complete");
                Hook::new("provision_complete", address, &words).with(provisioner)
            }
            Event::ProvisionFailed { address, provisioner } => {
                let words = format!("({provisioner}) Provisioning errored");
                Hook::new("provision_errored", address, &words).with(provisioner)
            }
        })
    }

    fn doing(self, operation: Operation, elapsed_seconds: Option<u64>) -> Self {
        Hook { operation: Some(operation), elapsed_seconds, ..self }
    }

    fn with(self, provisioner: &'e str) -> Self {
        Hook { provisioner: Some(provisioner), ..self }
    }
}

fn mention(id: Option<&str>) -> String {
    id.map(|id| format!(" [id={id}]")).unwrap_or_default()
}

/// Kinds of messages for the beginning, the course, the end, and the end that is none.
fn kinds(operation: Operation) -> (&'static str, &'static str, &'static str, &'static str) {
    if operation.is_ephemeral() {
        ("ephemeral_op_start", "ephemeral_op_progress", "ephemeral_op_complete", "ephemeral_op_errored")
    } else {
        ("apply_start", "apply_progress", "apply_complete", "apply_errored")
    }
}

fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
        Operation::Read => "read",
        Operation::Forget => "remove",
        Operation::Open => "open",
        Operation::Close => "close",
    }
}

/// Words for the beginning, the course and the end. Reading is called refreshing here.
fn words(operation: Operation) -> (&'static str, &'static str, &'static str) {
    match operation {
        Operation::Create => ("Creating", "creating", "Creation"),
        Operation::Update => ("Modifying", "modifying", "Modifications"),
        Operation::Delete => ("Destroying", "destroying", "Destruction"),
        Operation::Read => ("Refreshing", "refreshing", "Refresh"),
        Operation::Forget => ("Removing", "removing", "Removal"),
        Operation::Open => ("Opening", "opening", "Opening"),
        Operation::Close => ("Closing", "closing", "Closing"),
    }
}
