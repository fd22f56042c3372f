//! Plans, states and diagnostics as short lines, for expectations.

use std::fmt::Write as _;

use plumb_diagnostics::{Diagnostics, Severity};
use plumb_executor::Applied;
use plumb_plan::{Action, Change, ChangeReason, ImportKey, Plan};
use plumb_state::{Object, State, Status};
use plumb_value::{Kind, Value};

/// A value; `?` where it is unknown, `!` before what must not be shown.
pub(crate) fn value(value: &Value) -> String {
    let mark = if value.marks().is_sensitive() { "!" } else { "" };
    let text = match value.kind() {
        Kind::Null(_) => "null".to_owned(),
        Kind::Unknown(..) => "?".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => number.to_string(),
        Kind::String(text) => format!("{text:?}"),
        Kind::List(_, parts) | Kind::Set(_, parts) | Kind::Tuple(_, parts) => {
            let parts: Vec<String> = parts.iter().map(self::value).collect();
            format!("[{}]", parts.join(", "))
        }
        Kind::Map(..) | Kind::Object(..) => {
            let entries = value.entries().unwrap_or_default();
            let parts: Vec<String> = entries
                .into_iter()
                .filter(|(_, part)| !part.is_null() && part.len() != Some(0))
                .map(|(name, part)| format!("{name}={}", self::value(part)))
                .collect();
            format!("{{{}}}", parts.join(" "))
        }
    };
    format!("{mark}{text}")
}

/// What differs between two objects.
fn differences(before: &Value, after: &Value) -> String {
    let (Some(old), Some(new)) = (before.entries(), after.entries()) else {
        return match (before.is_null(), after.is_null()) {
            (true, false) => value(after),
            (false, true) => String::new(),
            _ => format!("{} -> {}", value(before), value(after)),
        };
    };
    let parts: Vec<String> = old
        .iter()
        .zip(&new)
        .filter(|((_, old), (_, new))| old != new)
        .map(|((name, old), (_, new))| format!("{name}:{}->{}", value(old), value(new)))
        .collect();
    parts.join(" ")
}

fn action(action: Action) -> String {
    action.names().join("+")
}

fn change(change: &Change) -> String {
    let deposed = change.deposed.as_ref().map(|key| format!(" (deposed {key})")).unwrap_or_default();
    let mut line = format!("{}{deposed}: {}", change.address, action(change.action));
    if let Some(reason) = change.reason {
        let _ = write!(line, " ({})", ChangeReason::name(reason));
    }
    if let Some(previous) = &change.previous_address {
        let _ = write!(line, " was {previous}");
    }
    match &change.importing {
        Some(ImportKey::Id(id)) => _ = write!(line, " import {id}"),
        Some(ImportKey::Identity((_, identity))) => _ = write!(line, " import {identity}"),
        None => {}
    }
    let differences = differences(&change.before, &change.after);
    if !differences.is_empty() {
        let _ = write!(line, " {differences}");
    }
    line
}

/// What a plan says will happen.
pub(crate) fn plan(plan: &Plan) -> String {
    let mut lines: Vec<String> = plan.drift.iter().map(|drift| format!("drift {}", change(drift))).collect();
    lines.extend(plan.changes.iter().filter(|change| change.is_noteworthy()).map(change));
    lines.extend(plan.outputs.iter().filter(|output| output.action != Action::NoOp).map(|output| {
        let differences = differences(&output.before, &output.after);
        format!("output {}: {} {differences}", output.name, action(output.action)).trim_end().to_owned()
    }));
    lines.extend(plan.unrefreshed().map(|address| format!("recorded {address}")));
    let lines: Vec<String> = lines.into_iter().map(|line| format!("{line}\n")).collect();
    lines.concat()
}

/// Headlines and the first lines of explanations.
pub(crate) fn diagnostics(diagnostics: &Diagnostics) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics.iter() {
        let kind = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let on = diagnostic.address.as_ref().map(|address| format!(" on {address}")).unwrap_or_default();
        let detail: String = diagnostic.detail.lines().next().unwrap_or_default().chars().take(110).collect();
        let _ = writeln!(out, "{kind}{on}: {}: {detail}", diagnostic.summary);
    }
    out
}

fn object(object: &Object) -> String {
    let attributes: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&object.attributes).unwrap_or_default();
    let mut parts: Vec<String> = attributes
        .iter()
        .filter(|(_, value)| !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty()))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if object.status == Status::Tainted {
        parts.push("(tainted)".to_owned());
    }
    if object.create_before_destroy {
        parts.push("(create first)".to_owned());
    }
    if !object.sensitive.is_empty() {
        let mut paths: Vec<String> = object.sensitive.iter().map(|(path, _)| path.to_string()).collect();
        paths.sort();
        parts.push(format!("(sensitive {})", paths.join(" ")));
    }
    if !object.dependencies.is_empty() {
        let names: Vec<String> = object.dependencies.iter().map(ToString::to_string).collect();
        parts.push(format!("(after {})", names.join(" ")));
    }
    parts.join(" ")
}

/// What a state records.
pub(crate) fn state(state: &State) -> String {
    let mut out = String::new();
    for (address, instance) in state.instances() {
        if let Some(current) = &instance.current {
            let _ = writeln!(out, "= {address}: {}", object(current));
        }
        for (key, deposed) in &instance.deposed {
            let _ = writeln!(out, "= {address} (deposed {key}): {}", object(deposed));
        }
    }
    for (name, output) in &state.outputs {
        let mark = if output.sensitive { "!" } else { "" };
        let _ = writeln!(out, "= output {name}: {mark}{}", value(&output.value));
    }
    out
}

/// The numbers of a run, those that are nought left out.
pub(crate) fn tally(applied: &Applied) -> String {
    let tally = applied.tally;
    let parts: Vec<String> = [
        (tally.added, "added"),
        (tally.changed, "changed"),
        (tally.destroyed, "destroyed"),
        (tally.imported, "imported"),
        (tally.forgotten, "forgotten"),
        (tally.failed, "failed"),
        (tally.not_begun, "not begun"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, name)| format!("{number} {name}"))
    .collect();
    format!("applied: {}\n", if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") })
}
