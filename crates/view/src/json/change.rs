//! Changes of objects and outputs.

use std::fmt::Display;
use std::io::{self, Write};

use plumb_address::{AbsResourceInstance, InstanceKey, Mode};
use plumb_plan::{Action, Change, ImportKey, OutputChange};
use plumb_value::json::write_string;
use plumb_value::{Path, PathStep, Value};

use super::value::{write_known, write_sensitive, write_unknown};
use super::writer::{Members, array, member, write_each};
use crate::schemas::with_schema_marks;

/// Whether a plan lists the change at all. Data sources that were read while planning are not
/// changes, and nothing happens when one is forgotten; ephemeral objects leave no trace.
pub(crate) fn is_listed(change: &Change) -> bool {
    match change.address.resource.mode {
        Mode::Managed => true,
        Mode::Data => change.action == Action::Read,
        Mode::Ephemeral => false,
    }
}

/// An entry of `resource_changes` or `resource_drift`.
pub(crate) fn write_change(change: &Change, text: &mut Vec<u8>) {
    let mut members = Members::new(text);
    members.string("address", &change.address.to_string());
    if let Some(previous) = &change.previous_address
        && **previous != change.address
    {
        members.string("previous_address", &previous.to_string());
    }
    if !change.address.module.is_root() {
        members.string("module_address", &change.address.module.to_string());
    }
    write_identity(&change.address, &mut members);
    members.string("provider_name", &change.provider.provider.to_string());
    if let Some(key) = &change.deposed {
        members.string("deposed", &key.0);
    }
    members.object("change", |members| write_values_of_change(change, members));
    if let Some(reason) = change.reason {
        members.string("action_reason", reason.name());
    }
    members.end();
}

/// Mode, type, name and key.
pub(crate) fn write_identity(address: &AbsResourceInstance, members: &mut Members<'_>) {
    members.string("mode", mode_name(address.resource.mode));
    members.string("type", &address.resource.kind);
    members.string("name", &address.resource.name);
    write_key(&address.key, "index", members);
}

pub(crate) fn write_key(key: &InstanceKey, name: &str, members: &mut Members<'_>) {
    match key {
        InstanceKey::None => {}
        InstanceKey::Int(number) => members.plain(name, number),
        InstanceKey::String(text) => members.string(name, text),
    }
}

pub(crate) fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    }
}

fn write_values_of_change(change: &Change, members: &mut Members<'_>) {
    let before = with_schema_marks(&change.before, &change.schema);
    let after = with_schema_marks(&change.after, &change.schema);
    members.strings("actions", change.action.names());
    write_known(&before, members.key("before"));
    if after.is_known() {
        write_known(&after, members.key("after"));
    }
    if after.is_wholly_known() {
        members.plain("after_unknown", "{}");
    } else {
        write_unknown(&after, members.key("after_unknown"));
    }
    write_sensitive(&before, members.key("before_sensitive"));
    write_sensitive(&after, members.key("after_sensitive"));
    if !change.requires_replace.is_empty() {
        array(members.key("replace_paths"), &change.requires_replace, |text, path| write_path(path, text));
    }
    if let Some(key) = &change.importing {
        members.object("importing", |members| write_import_key(key, members));
    }
    if let Some(block) = &change.generated_config {
        members.string("generated_config", block);
    }
}

/// What an object that is taken over is known by.
pub(crate) fn write_import_key(key: &ImportKey, members: &mut Members<'_>) {
    match key {
        ImportKey::Id(id) => members.string("id", id),
        ImportKey::Identity((_, identity)) => members.plain("identity", identity),
    }
}

/// A path as an array of names and keys.
pub(crate) fn write_path(path: &Path, text: &mut Vec<u8>) {
    array(text, &path.0, |text, step| match step {
        PathStep::Attribute(name) => write_string(name, text),
        PathStep::Index(key) => write_known(key, text),
    });
}

/// `output_changes`: every output of the root module by name.
pub(crate) fn write_output_changes(out: &mut dyn Write, outputs: &[OutputChange]) -> io::Result<()> {
    write_each(out, *b"{}", outputs, |text, output| {
        member(text, &output.name, |members| write_output_change(output, members));
    })
}

fn write_output_change(output: &OutputChange, members: &mut Members<'_>) {
    members.strings("actions", output.action.names());
    write_known(&output.before, members.key("before"));
    if output.after.is_known() {
        write_known(&output.after, members.key("after"));
    }
    write_unknown_of_output(&output.after, members);
    let sensitive: &dyn Display = &output.sensitive;
    members.plain("before_sensitive", sensitive);
    members.plain("after_sensitive", sensitive);
}

fn write_unknown_of_output(after: &Value, members: &mut Members<'_>) {
    if after.is_wholly_known() {
        members.plain("after_unknown", false);
    } else {
        write_unknown(after, members.key("after_unknown"));
    }
}
