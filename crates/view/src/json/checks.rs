//! Results of conditions and checks.

use std::io::{self, Write};

use plumb_address::{AbsResourceInstance, Target};
use plumb_state::{CheckResult, CheckStatus};

use super::change::{mode_name, write_key};
use super::writer::{Members, array, write_each};

/// The `checks` of plans and states, sorted by address.
pub(crate) fn write_checks(out: &mut dyn Write, results: &[CheckResult]) -> io::Result<()> {
    let mut sorted: Vec<&CheckResult> = results.iter().collect();
    sorted.sort_by(|one, two| one.config_address.cmp(&two.config_address));
    write_each(out, *b"[]", sorted, write_check)
}

fn write_check(text: &mut Vec<u8>, result: &CheckResult) {
    let mut members = Members::new(text);
    members.object("address", |members| write_config_address(result, members));
    members.string("status", status_name(result.status));
    if !result.objects.is_empty() {
        let mut objects: Vec<_> = result.objects.iter().collect();
        objects.sort_by(|one, two| one.0.cmp(&two.0));
        array(members.key("instances"), objects, |text, (address, status, problems)| {
            let mut members = Members::new(text);
            members.object("address", |members| write_object_address(result, address, members));
            members.string("status", status_name(*status));
            if !problems.is_empty() {
                array(members.key("problems"), problems, |text, message| {
                    let mut members = Members::new(text);
                    members.string("message", message);
                    members.end();
                });
            }
            members.end();
        });
    }
    members.end();
}

fn write_config_address(result: &CheckResult, members: &mut Members<'_>) {
    let (module, rest) = split_module(&result.config_address);
    match &*result.object_kind {
        "resource" => {
            let config = Target::parse(&result.config_address).ok().and_then(|target| target.config());
            members.string("kind", "resource");
            if let Some(config) = &config {
                members.string("mode", mode_name(config.resource.mode));
            }
            members.optional_string("module", module);
            if let Some(config) = &config {
                members.string("name", &config.resource.name);
            }
            members.string("to_display", &result.config_address);
            if let Some(config) = &config {
                members.string("type", &config.resource.kind);
            }
        }
        kind => {
            members.string("kind", if kind == "output" { "output_value" } else { kind });
            members.optional_string("module", module);
            members.string("name", rest.split_once('.').map_or(rest, |(_, name)| name));
            members.string("to_display", &result.config_address);
        }
    }
}

fn write_object_address(result: &CheckResult, address: &str, members: &mut Members<'_>) {
    if &*result.object_kind == "resource"
        && let Some(instance) = parse_instance(address)
    {
        write_key(&instance.key, "instance_key", members);
        members.optional_string("module", &instance.module.to_string());
    } else {
        members.optional_string("module", split_module(address).0);
    }
    members.string("to_display", address);
}

fn parse_instance(address: &str) -> Option<AbsResourceInstance> {
    match Target::parse(address).ok()? {
        Target::Instance(instance) => Some(instance),
        Target::Resource(resource) => Some(resource.instance(plumb_address::InstanceKey::None)),
        Target::Module(_) => None,
    }
}

/// The module's address, empty for the root, and what stands behind it: a kind and a name, of which
/// neither has dots.
fn split_module(address: &str) -> (&str, &str) {
    let mut dots = address.rmatch_indices('.').map(|(at, _)| at);
    let (_, second) = (dots.next(), dots.next());
    match second {
        Some(at) if address.starts_with("module.") => (&address[..at], &address[at + 1..]),
        _ => ("", address),
    }
}

fn status_name(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Unknown => "unknown",
        CheckStatus::Pass => "pass",
        CheckStatus::Fail => "fail",
        CheckStatus::Error => "error",
    }
}
