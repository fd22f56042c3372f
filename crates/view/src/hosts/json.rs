//! The same for programs: one object for each line.

use std::io::{self, Write};
use std::time::Duration;

use plumb_deploy::{Change, Ended, Failure, HostFailure, HostPlan, Operation, Outcome, Secrets, Verdict};
use serde_json::{Map, Value, json};

use super::outcome::is_unfinished;
use super::times::Took;

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
    if let Some(host) = &operation.on {
        of.insert("on".to_owned(), (**host).into());
    }
    if operation.is_once {
        of.insert("once".to_owned(), true.into());
    }
    if let Some(hosts) = operation.hosts_max {
        of.insert("hosts_max".to_owned(), hosts.into());
    }
    if operation.is_at_end {
        of.insert("at_end".to_owned(), true.into());
    }
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

/// What became of a host. `took` says how long its operations took, by their places in the plan.
///
/// # Errors
/// Where it cannot be written.
pub fn write_host_outcome(
    out: &mut dyn Write,
    host: &str,
    ended: &Ended,
    took: &dyn Fn(usize) -> Option<Duration>,
    place: &dyn Fn(&Operation) -> Option<(String, u32)>,
    explained: &dyn Fn(&HostFailure) -> String,
    secrets: &Secrets,
) -> io::Result<()> {
    let value = match ended {
        Ended::NotBegun => json!({ "type": "host_result", "host": host, "result": "not_begun" }),
        Ended::CutOff => json!({ "type": "host_result", "host": host, "result": "cut_off" }),
        Ended::Failed(failure) => {
            json!({ "type": "host_result", "host": host, "result": "failed", "error": explained(failure) })
        }
        Ended::Applied(applied) => {
            let operations: Vec<Value> = applied
                .plan
                .operations
                .iter()
                .zip(&applied.outcomes)
                .enumerate()
                .map(|(at, (operation, outcome))| {
                    let mut of = described(operation, place);
                    of.insert("result".to_owned(), name(outcome).into());
                    if let Some(took) = took(at) {
                        of.insert("duration_ms".to_owned(), milliseconds(took).into());
                    }
                    if let Outcome::Failed(failure) = outcome {
                        of.insert("failure".to_owned(), failed(failure, operation.is_hidden));
                    }
                    Value::Object(of)
                })
                .collect();
            json!({
                "type": "host_result",
                "host": host,
                "result": match (applied.is_done(), applied.is_unfinished()) {
                    (true, _) => "done",
                    (false, true) => "unfinished",
                    (false, false) => "failed",
                },
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
pub fn write_hosts_summary(out: &mut dyn Write, ended: &[Ended]) -> io::Result<()> {
    let count = |is: &dyn Fn(&Ended) -> bool| ended.iter().filter(|ended| is(ended)).count();
    let changed = count(
        &|ended| matches!(ended, Ended::Applied(applied) if applied.is_done() && applied.changed() > 0),
    );
    let unchanged = count(
        &|ended| matches!(ended, Ended::Applied(applied) if applied.is_done() && applied.changed() == 0),
    );
    let not_begun = count(&|ended| matches!(ended, Ended::NotBegun));
    let unfinished = count(&is_unfinished);
    let failed = ended.len() - changed - unchanged - not_begun - unfinished;
    let value = json!({
        "type": "summary",
        "changed": changed,
        "unchanged": unchanged,
        "failed": failed,
        "unfinished": unfinished,
        "not_begun": not_begun,
    });
    line(out, value, &Secrets::new())
}

/// Which operations took how long.
///
/// # Errors
/// Where it cannot be written.
pub fn write_times(
    out: &mut dyn Write,
    times: &[Took],
    elapsed: Duration,
    secrets: &Secrets,
) -> io::Result<()> {
    let operations: Vec<Value> = times
        .iter()
        .map(|took| {
            json!({
                "operation": took.function,
                "title": took.title,
                "hosts": took.hosts,
                "total_ms": milliseconds(took.total),
                "longest_ms": milliseconds(took.longest),
                "longest_on": took.longest_on,
            })
        })
        .collect();
    let value = json!({ "type": "times", "elapsed_ms": milliseconds(elapsed), "operations": operations });
    line(out, value, secrets)
}

fn milliseconds(of: Duration) -> u64 {
    u64::try_from(of.as_millis()).unwrap_or(u64::MAX)
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
