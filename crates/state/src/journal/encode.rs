//! Records as JSON, one line each.

use super::{Begin, Intent, ObjectChange, Record, StepResult};
use crate::file::{JsonText, write_checks, write_output};

impl Record {
    /// The record as JSON without blanks or line breaks.
    pub fn to_json(&self) -> String {
        let mut text = JsonText::compact();
        text.open('{');
        match self {
            Record::Begin(begin) => write_begin(&mut text, begin),
            Record::Intent(intent) => {
                text.string_field("kind", "intent");
                write_intent(&mut text, intent);
            }
            Record::Result(result) => write_result(&mut text, result),
            Record::Carried(open) => {
                text.string_field("kind", "carried");
                text.string_field("run", &open.run);
                text.string_field("created", &open.begun);
                write_intent(&mut text, &open.intent);
            }
            Record::Resolved { run, step, decision } => {
                text.string_field("kind", "resolved");
                text.string_field("run", run);
                text.string_field("step", &step.0);
                text.string_field("decision", decision.name());
            }
            Record::Outputs(outputs) => {
                text.string_field("kind", "outputs");
                text.key("outputs");
                text.open('{');
                for (name, output) in outputs {
                    text.key(name);
                    match output {
                        Some(output) => write_output(&mut text, output),
                        None => text.literal("null"),
                    }
                }
                text.close('}');
            }
            Record::Checks(checks) => {
                text.string_field("kind", "checks");
                text.key("checks");
                write_checks(&mut text, checks);
            }
            Record::Snapshot { lineage, serial, digest } => {
                text.string_field("kind", "snapshot");
                text.string_field("lineage", lineage);
                text.literal_field("serial", serial);
                text.string_field("snapshot", &digest.0);
            }
            Record::Note(note) => {
                text.string_field("kind", "note");
                text.string_field("text", note);
            }
            Record::End { serial } => {
                text.string_field("kind", "end");
                text.literal_field("serial", serial);
            }
        }
        text.close('}');
        text.finish()
    }
}

fn write_begin(text: &mut JsonText, begin: &Begin) {
    text.string_field("kind", "begin");
    text.literal_field("format", super::FORMAT);
    text.string_field("run", &begin.run);
    text.string_field("lineage", &begin.lineage);
    text.literal_field("serial", begin.serial);
    for (key, digest) in [("snapshot", &begin.snapshot), ("plan", &begin.plan)] {
        if let Some(digest) = digest {
            text.string_field(key, &digest.0);
        }
    }
    text.string_field("command", &begin.command);
    text.string_field("who", &begin.who);
    text.string_field("created", &begin.created);
}

fn write_intent(text: &mut JsonText, intent: &Intent) {
    text.string_field("step", &intent.step.0);
    text.string_field("address", &intent.address.to_string());
    if let Some(key) = &intent.deposed {
        text.string_field("deposed", &key.0);
    }
    text.string_field("action", intent.action.name());
    text.string_field("provider", &intent.provider.to_string());
    if let Some(identity) = &intent.identity {
        text.key("identity");
        text.open('{');
        text.string_field("attribute", &identity.attribute);
        text.string_field("value", &identity.value);
        text.close('}');
    }
}

fn write_result(text: &mut JsonText, result: &StepResult) {
    text.string_field("kind", "result");
    text.string_field("step", &result.step.0);
    if let Some(failure) = &result.failure {
        text.string_field("failure", failure);
    }
    text.key("changes");
    text.open('[');
    for change in &result.changes {
        write_change(text, change);
    }
    text.close(']');
}

fn write_change(text: &mut JsonText, change: &ObjectChange) {
    text.open('{');
    text.string_field("address", &change.address.to_string());
    if let Some(key) = &change.deposed {
        text.string_field("deposed", &key.0);
    }
    text.string_field("provider", &change.provider.to_string());
    if let Some(prior) = &change.prior {
        text.string_field("prior", &prior.0);
    }
    if let Some(object) = &change.object {
        text.key("object");
        text.raw(&object.to_json());
    }
    text.close('}');
}
