//! Hosts without groups around them: lists of names or objects, and mappings from names to addresses or objects.

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use serde_json::Value;

use super::grouped::set_all;
use super::{Source, typed};
use crate::ansible;
use crate::builder::{Builder, Target};
use crate::name::quoted;
use crate::tree::{Entry, Kind, Node};
use crate::vocabulary::SSH_HOSTNAME;

/// Keys of an object that name its host, the first that is there.
const ADDRESSES: [&str; 3] = ["address", SSH_HOSTNAME, "ansible_host"];

/// Reads a list of names and objects.
pub(super) fn read(builder: &mut Builder, node: &Node, source: &Source) {
    for (at, element) in node.elements().unwrap_or_default().iter().enumerate() {
        let place = format!("element {} of {}", at + 1, source.name());
        match &element.kind {
            Kind::Scalar(Value::String(name)) => {
                typed::named(builder, name, element.span, source);
            }
            Kind::Mapping(entries) => object(builder, None, entries, element, &place, source),
            _ => {
                let detail = format!(
                    "Each host has to be a name, or an object with a name, and {place} is {}.",
                    element.described()
                );
                builder.report(Diagnostic::error("Invalid host", detail).at(element.span));
            }
        }
    }
}

/// Reads a mapping from names to addresses or objects.
pub(super) fn read_mapping(builder: &mut Builder, entries: &[Entry], source: &Source) {
    for entry in entries {
        let place = format!("{} in {}", quoted(&entry.key), source.name());
        match &entry.value.kind {
            Kind::Scalar(Value::String(address)) => {
                let Some(host) = builder.host(&entry.key, entry.key_span) else { continue };
                let datum = source.datum(Value::String(address.clone()), entry.value.span);
                builder.set(Target::Host(host), SSH_HOSTNAME, datum);
            }
            Kind::Mapping(entries) => object(builder, Some(entry), entries, &entry.value, &place, source),
            Kind::Scalar(Value::Null) => {
                builder.host(&entry.key, entry.key_span);
            }
            _ => {
                let detail = format!(
                    "Each host has to have an address, or an object, behind its name, and {place} is {}.",
                    entry.value.described()
                );
                builder.report(Diagnostic::error("Invalid host", detail).at(entry.value.span));
            }
        }
    }
}

/// Reads an object: its name, address and groups, and whatever else is said of the host.
fn object(
    builder: &mut Builder,
    named: Option<&Entry>,
    entries: &[Entry],
    whole: &Node,
    place: &str,
    source: &Source,
) {
    let text = |key: &str| {
        let entry = whole.entry(key)?;
        entry.value.as_text().filter(|text| !text.is_empty()).map(|text| (text.to_owned(), entry.value.span))
    };
    let by_key = named.map(|entry| (entry.key.to_string(), entry.key_span));
    let name = text("name").or(by_key).or_else(|| ADDRESSES.into_iter().find_map(text));
    let Some((name, span)) = name else {
        let detail = format!(
            "{place} names no host: it needs a \"name\" that is a text, or at least an \"address\". It has {}.",
            keys(entries)
        );
        return builder.report(Diagnostic::error("Host without a name", capitalised(&detail)).at(whole.span));
    };
    let Some(host) = builder.host(&name, span) else { return };
    let target = Target::Host(host);
    for entry in entries {
        match &*entry.key {
            "name" if text("name").is_some() => {}
            "groups" => groups(builder, host, &entry.value, &name),
            "data" | "vars" if entry.value.entries().is_some() => {
                set_all(builder, target, &entry.value, &format!("host {}", quoted(&name)), source);
            }
            key => {
                let mut diagnostics = Diagnostics::new();
                let value = entry.value.value(key, &mut diagnostics);
                diagnostics.into_iter().for_each(|diagnostic| builder.report(diagnostic));
                let Some(value) = value else { continue };
                let key = if key == "address" { SSH_HOSTNAME } else { key };
                ansible::set(builder, target, key, source.datum(value, entry.key_span.to(entry.value.span)));
            }
        }
    }
}

fn groups(builder: &mut Builder, host: crate::builder::HostId, node: &Node, name: &str) {
    let names: Option<Vec<(&str, Span)>> = match &node.kind {
        Kind::Scalar(Value::Null) => Some(Vec::new()),
        Kind::Sequence(elements) => {
            elements.iter().map(|element| Some((element.as_text()?, element.span))).collect()
        }
        _ => node.as_text().map(|text| vec![(text, node.span)]),
    };
    let Some(names) = names else {
        let detail = format!(
            "The groups of the host {} have to be a list of names, and here is {}.",
            quoted(name),
            node.described()
        );
        return builder.report(Diagnostic::error("Invalid group", detail).at(node.span));
    };
    for (name, span) in names {
        if let Some(group) = builder.group(name, span) {
            builder.put_into(group, host);
        }
    }
}

fn keys(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<String> = entries.iter().map(|entry| quoted(&entry.key)).collect();
    names.join(", ")
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
