//! A whole state as a file.

use std::io;
use std::sync::Arc;

use super::object::{Slot, write_instance};
use super::text::{JsonText, PIECE_BYTES};
use crate::{CheckResult, CheckStatus, Object, ResourceState, State};

/// The state as a file of format version 4, as written by the program of that version.
pub fn write(state: &State, terraform_version: &str) -> Vec<u8> {
    let mut file = Vec::with_capacity(expected_size(state));
    // Writing to memory does not fail.
    let _ = write_to(&mut file, state, terraform_version);
    file
}

/// The same, piece by piece.
///
/// # Errors
/// Those of `out`.
pub fn write_to(out: &mut dyn io::Write, state: &State, terraform_version: &str) -> io::Result<()> {
    let mut text = JsonText::pretty(PIECE_BYTES);
    text.open('{');
    text.literal_field("version", 4);
    text.string_field("terraform_version", terraform_version);
    text.literal_field("serial", state.serial);
    text.string_field("lineage", &state.lineage);
    text.key("outputs");
    write_outputs(&mut text, state);
    text.key("resources");
    write_resources(&mut text, state, out)?;
    text.key("check_results");
    write_checks(&mut text, &state.check_results);
    text.close('}');
    let mut rest = text.finish();
    rest.push('\n');
    out.write_all(rest.as_bytes())
}

/// Gives a file as [`write`] made it another serial.
pub fn renumber(file: &mut Vec<u8>, serial: u64) {
    let mark = b"\n  \"serial\": ";
    // A line break in a text is escaped, so nothing else can look like the mark.
    let Some(at) = file.windows(mark.len()).position(|window| window == mark) else { return };
    let start = at + mark.len();
    let digits = file[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    file.splice(start..start + digits, serial.to_string().into_bytes());
}

/// Twice the attributes and a little for each object, so that the text is seldom moved.
fn expected_size(state: &State) -> usize {
    let sizes = state.resources.values().flat_map(|resource| resource.instances.values()).map(|instance| {
        let objects = instance.current.iter().chain(instance.deposed.values());
        objects.map(|object| expected_object_size(object)).sum::<usize>()
    });
    1000 + sizes.sum::<usize>()
}

fn expected_object_size(object: &Object) -> usize {
    2 * object.attributes.len() + 2 * object.private.len() + 60 * object.dependencies.len() + 400
}

fn write_outputs(text: &mut JsonText, state: &State) {
    text.open('{');
    for (name, output) in &state.outputs {
        text.key(name);
        super::output::write_output(text, output);
    }
    text.close('}');
}

fn write_resources(text: &mut JsonText, state: &State, out: &mut dyn io::Write) -> io::Result<()> {
    let mut resources: Vec<_> = state
        .resources
        .iter()
        .map(|(address, resource)| (address.state_file_key(), address, resource))
        .collect();
    resources.sort_by(|one, two| one.0.cmp(&two.0));
    text.open('[');
    for ((module, kind), _, resource) in resources {
        text.open('{');
        if !module.is_empty() {
            text.string_field("module", &module);
        }
        let mode = match kind.mode {
            plumb_address::Mode::Managed => "managed",
            plumb_address::Mode::Data => "data",
            plumb_address::Mode::Ephemeral => "ephemeral",
        };
        text.string_field("mode", mode);
        text.string_field("type", &kind.kind);
        text.string_field("name", &kind.name);
        // Either all of them say who takes care of them or none does.
        let has_keys = resource.instances.values().any(|instance| instance.provider_key.is_some());
        if !has_keys {
            text.string_field("provider", &resource.provider.to_string());
        }
        text.key("instances");
        write_instances(text, resource, has_keys, out)?;
        text.close('}');
    }
    text.close(']');
    Ok(())
}

fn write_instances(
    text: &mut JsonText,
    resource: &ResourceState,
    has_keys: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    text.open('[');
    for (key, instance) in resource.instances.iter() {
        let provider = has_keys.then(|| resource.provider_of(instance));
        let mut write = |deposed, object: &Arc<Object>| {
            write_instance(text, Slot { key, deposed, provider: provider.as_ref() }, object);
        };
        if let Some(object) = &instance.current {
            write(None, object);
        }
        for (deposed, object) in &instance.deposed {
            write(Some(deposed), object);
        }
        text.hand_on(out)?;
    }
    text.close(']');
    Ok(())
}

/// Results of checks; also in the lines of a journal.
pub(crate) fn write_checks(text: &mut JsonText, checks: &[CheckResult]) {
    if checks.is_empty() {
        text.literal("null");
        return;
    }
    text.open('[');
    for check in checks {
        text.open('{');
        text.string_field("object_kind", &check.object_kind);
        text.string_field("config_addr", &check.config_address);
        text.string_field("status", check.status.name());
        text.key("objects");
        write_check_objects(text, check);
        text.close('}');
    }
    text.close(']');
}

fn write_check_objects(text: &mut JsonText, check: &CheckResult) {
    if check.objects.is_empty() {
        text.literal("null");
        return;
    }
    text.open('[');
    for (address, status, messages) in &check.objects {
        text.open('{');
        text.string_field("object_addr", address);
        text.string_field("status", status.name());
        if !messages.is_empty() {
            text.key("failure_messages");
            text.open('[');
            for message in messages {
                text.string(message);
            }
            text.close(']');
        }
        text.close('}');
    }
    text.close(']');
}

impl CheckStatus {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            CheckStatus::Unknown => "unknown",
            CheckStatus::Pass => "pass",
            CheckStatus::Fail => "fail",
            CheckStatus::Error => "error",
        }
    }

    /// The status of that name; what is not understood is unknown.
    pub fn from_name(name: &str) -> CheckStatus {
        [CheckStatus::Pass, CheckStatus::Fail, CheckStatus::Error]
            .into_iter()
            .find(|status| status.name() == name)
            .unwrap_or(CheckStatus::Unknown)
    }
}
