//! Groups as YAML and JSON say them, by hand or by a program.
//!
//! Ansible has two forms. In the one that people write, hosts and children are mappings, with what is said of each
//! behind it; in the one of programs they are lists of names, and `_meta` has what is said of hosts. Both are read
//! wherever either may stand, since nothing in one means something else in the other.

use std::collections::HashSet;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::Span;

use super::{Source, typed};
use crate::ansible;
use crate::builder::{Builder, GroupId, HostId, Target};
use crate::name::quoted;
use crate::tree::{Entry, Kind, Node};

/// What a group may have.
const PARTS: [&str; 3] = ["hosts", "vars", "children"];

/// Reads groups, and gives the names of all hosts in them, in order.
pub(super) fn read(builder: &mut Builder, node: &Node, source: &Source) -> Vec<String> {
    let mut reader = Grouped { builder, source, seen: HashSet::new(), hosts: Vec::new() };
    let Some(entries) = node.entries() else {
        let what = if node.is_null() {
            "there is nothing in it".to_owned()
        } else {
            format!("it is {}", node.described())
        };
        let detail = format!(
            "The inventory {} has to be a mapping from the names of groups to what is in them, and {what}.",
            source.name()
        );
        reader.refuse("Invalid inventory", detail, node.span);
        return Vec::new();
    };
    if let Some(plugin) = node.entry("plugin").and_then(|entry| entry.value.as_text()) {
        let detail = format!(
            "This file configures the plugin {} of Ansible, which is not run here. What it finds can be read by way of \
             \"@command/ansible-inventory -i {} --list\".",
            quoted(plugin),
            source.name()
        );
        reader.refuse("Inventory plugin not supported", detail, node.span);
        return Vec::new();
    }
    for entry in entries.iter().filter(|entry| &*entry.key != "_meta") {
        reader.group(entry);
    }
    if let Some(meta) = node.entry("_meta") {
        reader.meta(meta);
    }
    reader.hosts
}

/// Reads what is said of one host.
pub(super) fn read_host(builder: &mut Builder, name: &str, node: &Node, source: &Source) {
    let mut reader = Grouped { builder, source, seen: HashSet::new(), hosts: Vec::new() };
    if let Some(host) = reader.builder.host(name, node.span) {
        reader.variables(Target::Host(host), node, &format!("host {}", quoted(name)));
    }
}

struct Grouped<'b> {
    builder: &'b mut Builder,
    source: &'b Source,
    seen: HashSet<HostId>,
    hosts: Vec<String>,
}

impl Grouped<'_> {
    fn refuse(&mut self, summary: &str, detail: String, at: Span) {
        self.builder.report(Diagnostic::error(summary, detail).at(at));
    }

    /// What is a number or a word that means something else is seldom meant as a name.
    fn is_name(&mut self, entry: &Entry, what: &str) -> bool {
        let Some(kind) = entry.key_kind else { return true };
        let detail = format!(
            "The name of a {what} has to be a text, and {} is {kind} in YAML. Write it in quotes.",
            quoted(&entry.key)
        );
        self.refuse(&format!("Invalid {what} name"), detail, entry.key_span);
        false
    }

    fn group(&mut self, entry: &Entry) -> Option<GroupId> {
        if !self.is_name(entry, "group") {
            return None;
        }
        let group = self.builder.group(&entry.key, entry.key_span)?;
        let value = &entry.value;
        match &value.kind {
            Kind::Mapping(parts) => self.parts(group, &entry.key, parts),
            Kind::Sequence(_) => self.hosts(group, &entry.key, value),
            _ if value.is_null() => {}
            _ => {
                let detail = format!(
                    "What is in the group {} has to be a mapping with \"hosts\", \"vars\" and \"children\", or a list of \
                     hosts, and it is {}.",
                    quoted(&entry.key),
                    value.described()
                );
                self.refuse("Invalid group", detail, value.span);
            }
        }
        Some(group)
    }

    fn parts(&mut self, group: GroupId, name: &str, parts: &[Entry]) {
        for part in parts {
            match &*part.key {
                "hosts" => self.hosts(group, name, &part.value),
                "vars" => {
                    self.variables(Target::Group(group), &part.value, &format!("group {}", quoted(name)));
                }
                "children" => self.children(group, name, &part.value),
                other => {
                    let hint = did_you_mean(other, PARTS);
                    let detail = format!(
                        "A group has \"hosts\", \"vars\" and \"children\", and {} in the group {} has no meaning: it is \
                         ignored. Hosts go below \"hosts\", other groups below \"children\".{hint}",
                        quoted(other),
                        quoted(name)
                    );
                    self.builder
                        .report(Diagnostic::warning("Unknown part of a group", detail).at(part.key_span));
                }
            }
        }
    }

    fn hosts(&mut self, group: GroupId, name: &str, node: &Node) {
        match &node.kind {
            Kind::Mapping(entries) => {
                for entry in entries.iter() {
                    self.host(group, entry);
                }
            }
            Kind::Sequence(elements) => {
                for element in elements.iter() {
                    match element.as_text() {
                        Some(text) => self.named(group, text, element.span),
                        None => self.refuse_part(name, "host", element),
                    }
                }
            }
            _ if node.is_null() => {}
            _ => match node.as_text() {
                Some(text) => self.named(group, text, node.span),
                None => self.refuse_part(name, "host", node),
            },
        }
    }

    fn refuse_part(&mut self, group: &str, what: &str, node: &Node) {
        let detail = format!(
            "Each {what} of the group {} has to be named by a text, and here is {}.",
            quoted(group),
            node.described()
        );
        self.refuse("Invalid group", detail, node.span);
    }

    fn host(&mut self, group: GroupId, entry: &Entry) {
        if !self.is_name(entry, "host") {
            return;
        }
        let hosts = typed::hosts(self.builder, &entry.key, entry.key_span, self.source);
        for host in hosts {
            self.builder.put_into(group, host);
            if !entry.value.is_null() {
                self.variables(Target::Host(host), &entry.value, &format!("host {}", quoted(&entry.key)));
            }
            if self.seen.insert(host) {
                self.hosts.push(entry.key.to_string());
            }
        }
    }

    fn named(&mut self, group: GroupId, text: &str, span: Span) {
        for host in typed::named(self.builder, text, span, self.source) {
            self.builder.put_into(group, host);
            if self.seen.insert(host) {
                self.hosts.push(text.to_owned());
            }
        }
    }

    fn children(&mut self, parent: GroupId, name: &str, node: &Node) {
        match &node.kind {
            Kind::Mapping(entries) => {
                for entry in entries.iter() {
                    if let Some(child) = self.group(entry) {
                        self.builder.put_below(parent, child, entry.key_span);
                    }
                }
            }
            Kind::Sequence(elements) => {
                for element in elements.iter() {
                    self.child(parent, name, element);
                }
            }
            _ if node.is_null() => {}
            _ => self.child(parent, name, node),
        }
    }

    fn child(&mut self, parent: GroupId, name: &str, node: &Node) {
        let Some(text) = node.as_text() else { return self.refuse_part(name, "child", node) };
        if let Some(child) = self.builder.group(text, node.span) {
            self.builder.put_below(parent, child, node.span);
        }
    }

    fn variables(&mut self, target: Target, node: &Node, of: &str) {
        set_all(self.builder, target, node, of, self.source);
    }

    /// What programs say of hosts.
    fn meta(&mut self, meta: &Entry) {
        let Some(of_hosts) = meta.value.entry("hostvars") else { return };
        let Some(entries) = of_hosts.value.entries() else {
            let detail = format!(
                "\"hostvars\" has to be a mapping from the names of hosts to what is said of them, and it is {}.",
                of_hosts.value.described()
            );
            return self.refuse("Invalid inventory", detail, of_hosts.value.span);
        };
        let mut strangers = Vec::new();
        for entry in entries {
            match self.builder.known_host(&entry.key) {
                Some(host) => {
                    self.variables(Target::Host(host), &entry.value, &format!("host {}", quoted(&entry.key)));
                }
                None => strangers.push(entry),
            }
        }
        if let Some(first) = strangers.first() {
            let detail = format!(
                "\"_meta\" says something of {} that no group has, {} for one, so that there is no such host.",
                if strangers.len() == 1 { "a host".to_owned() } else { format!("{} hosts", strangers.len()) },
                quoted(&first.key)
            );
            self.builder.report(Diagnostic::warning("Host in no group", detail).at(first.key_span));
        }
    }
}

/// Says everything of a mapping of a host or a group.
pub(super) fn set_all(builder: &mut Builder, target: Target, node: &Node, of: &str, source: &Source) {
    let Some(entries) = node.entries() else {
        if node.is_null() {
            return;
        }
        let report = if matches!(node.kind, Kind::Vault) {
            crate::tree::vault(&format!("what is said of {of}"), node.span)
        } else {
            let detail = format!(
                "What is said of {of} has to be a mapping from names to values, and it is {}.",
                node.described()
            );
            Diagnostic::error("Invalid variables", detail).at(node.span)
        };
        return builder.report(report);
    };
    for entry in entries {
        let mut diagnostics = Diagnostics::new();
        let value = entry.value.value(&entry.key, &mut diagnostics);
        diagnostics.into_iter().for_each(|diagnostic| builder.report(diagnostic));
        if let Some(value) = value {
            ansible::set(
                builder,
                target,
                &entry.key,
                source.datum(value, entry.key_span.to(entry.value.span)),
            );
        }
    }
}
