//! The same for programs: one object for each line.

use std::io::{self, Write};

use plumb_deploy::{Change, Ended, Failure, HostFailure, HostPlan, Operation, Outcome, Secrets, Verdict};
use serde_json::{Map, Value, json};

/// The plan of a host.
///
/// # Errors
/// Where it cannot be written.
pub fn write_host_plan(
    out: &mut dyn Write,
    host: &str,
    plan: &HostPlan,
    place: &dyn Fn(&Operation) -> Option<(String, u32)>,
    secrets: &Secrets,
) -> io::Result<()> {
    let operations: Vec<Value> = plan
        .operations
        .iter()
        .map(|operation| {
            let mut of = described(operation, place);
            let verdict = match operation.verdict() {
                Verdict::Ok => "ok",
                Verdict::Changes => "change",
                Verdict::MayChange => "may_change",
            };
            of.insert("verdict".to_owned(), verdict.into());
            if let Some(doubt) = &operation.doubt {
                of.insert("depends_on".to_owned(), json!({ "operation": doubt.by, "why": doubt.why }));
            }
            if !operation.is_hidden {
                of.insert("changes".to_owned(), operation.changes.iter().map(change).collect());
            }
            Value::Object(of)
        })
        .collect();
    let undecided = plan.undecided.as_ref().map(|(_, why)| why);
    line(
        out,
        json!({
            "type": "host_plan",
            "host": host,
            "operations": operations,
            "undecided": undecided,
            "printed": plan.printed,
        }),
        secrets,
    )
}

fn described(
    operation: &Operation,
    place: &dyn Fn(&Operation) -> Option<(String, u32)>,
) -> Map<String, Value> {
    let mut of = Map::new();
    of.insert("operation".to_owned(), operation.function.clone().into());
    of.insert("title".to_owned(), operation.title.clone().into());
    if let Some((file, line)) = place(operation) {
        of.insert("file".to_owned(), file.into());
        of.insert("line".to_owned(), line.into());
    }
    of
}

fn change(change: &Change) -> Value {
    let attributes: Vec<Value> = change
        .attributes
        .iter()
        .map(|attribute| json!({ "name": attribute.name, "before": attribute.before, "after": attribute.after }))
        .collect();
    let difference = change.difference.as_ref().map(|difference| {
        let text = |content: &plumb_host::Content| String::from_utf8(content.bytes().to_vec()).ok();
        json!({
            "of": difference.of,
            "before": difference.before.as_ref().and_then(text),
            "after": text(&difference.after),
            "after_sha256": difference.after.sha256(),
        })
    });
    json!({ "summary": change.summary, "attributes": attributes, "content": difference })
}

/// What became of a host.
///
/// # Errors
/// Where it cannot be written.
pub fn write_host_outcome(
    out: &mut dyn Write,
    host: &str,
    ended: &Ended,
    place: &dyn Fn(&Operation) -> Option<(String, u32)>,
    explained: &dyn Fn(&HostFailure) -> String,
    secrets: &Secrets,
) -> io::Result<()> {
    let value = match ended {
        Ended::NotBegun => json!({ "type": "host_result", "host": host, "result": "not_begun" }),
        Ended::Failed(failure) => {
            json!({ "type": "host_result", "host": host, "result": "failed", "error": explained(failure) })
        }
        Ended::Applied(applied) => {
            let operations: Vec<Value> = applied
                .plan
                .operations
                .iter()
                .zip(&applied.outcomes)
                .map(|(operation, outcome)| {
                    let mut of = described(operation, place);
                    of.insert("result".to_owned(), name(outcome).into());
                    if let Outcome::Failed(failure) = outcome {
                        of.insert("failure".to_owned(), failed(failure, operation.is_hidden));
                    }
                    Value::Object(of)
                })
                .collect();
            json!({
                "type": "host_result",
                "host": host,
                "result": if applied.is_done() { "done" } else { "failed" },
                "changed": applied.changed(),
                "moved": applied.moved,
                "round_trips": applied.round_trips,
                "operations": operations,
            })
        }
    };
    line(out, value, secrets)
}

fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Changed => "changed",
        Outcome::LeftOut => "left_out",
        Outcome::Failed(_) => "failed",
        Outcome::NotBegun => "not_begun",
    }
}

fn failed(failure: &Failure, is_hidden: bool) -> Value {
    if is_hidden {
        return json!({ "summary": failure.summary, "status": failure.status, "ignored": failure.is_ignored });
    }
    json!({
        "summary": failure.summary,
        "command": failure.command,
        "status": failure.status,
        "output": failure.output,
        "errors": failure.errors,
        "ignored": failure.is_ignored,
    })
}

/// How many hosts came to what.
///
/// # Errors
/// Where it cannot be written.
pub fn write_hosts_summary(out: &mut dyn Write, ended: &[Ended], unplanned: usize) -> io::Result<()> {
    let count = |is: &dyn Fn(&Ended) -> bool| ended.iter().filter(|ended| is(ended)).count();
    let changed = count(
        &|ended| matches!(ended, Ended::Applied(applied) if applied.is_done() && applied.changed() > 0),
    );
    let unchanged = count(
        &|ended| matches!(ended, Ended::Applied(applied) if applied.is_done() && applied.changed() == 0),
    );
    let not_begun = count(&|ended| matches!(ended, Ended::NotBegun));
    let failed = ended.len() - changed - unchanged - not_begun + unplanned;
    let value = json!({
        "type": "summary",
        "changed": changed,
        "unchanged": unchanged,
        "failed": failed,
        "not_begun": not_begun,
    });
    line(out, value, &Secrets::new())
}

fn line(out: &mut dyn Write, value: Value, secrets: &Secrets) -> io::Result<()> {
    writeln!(out, "{}", without(value, secrets))
}

/// A value without secrets, each text of it by itself: how JSON writes them must not hide them from us.
fn without(value: Value, secrets: &Secrets) -> Value {
    match value {
        Value::String(text) => Value::String(secrets.hidden(&text)),
        Value::Array(items) => items.into_iter().map(|item| without(item, secrets)).collect(),
        Value::Object(entries) => {
            Value::Object(entries.into_iter().map(|(name, value)| (name, without(value, secrets))).collect())
        }
        other => other,
    }
}
