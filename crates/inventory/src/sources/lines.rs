//! Lines: a host in each, with data behind it. In the form of Ansible's INI files there are groups as well.
//!
//! Without any `[group]` such a file is a plain list of hosts, so that there is one reader for both.

use std::collections::HashSet;

use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_source::{FileId, Span};
use serde_json::Value;

use super::{Source, literal, typed, words};
use crate::ansible;
use crate::builder::{Builder, GroupId, HostId, Target};
use crate::data::is_secret_name;
use crate::name::quoted;

/// Reads a text line by line.
pub(crate) fn read(builder: &mut Builder, file: FileId, text: &str, source: &Source) {
    let mut reader = Lines {
        builder,
        source,
        section: Section::Hosts(None),
        declared: HashSet::new(),
        awaited: Vec::new(),
    };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        if !content.is_empty() && !content.starts_with(['#', ';']) {
            let indent = line.len() - line.trim_start().len();
            reader.line(content, Place { file, start: start + indent });
        }
        start += line.len();
    }
    reader.check_awaited();
}

/// Where the content of a line begins.
#[derive(Clone, Copy)]
struct Place {
    file: FileId,
    start: usize,
}

impl Place {
    fn span(self, start: usize, end: usize) -> Span {
        Span::new(self.file, (self.start + start) as u32, (self.start + end) as u32)
    }

    fn of(self, line: &str) -> Span {
        self.span(0, line.len())
    }
}

/// What lines mean for the time being.
#[derive(Clone, Copy)]
enum Section {
    /// Hosts, of a group if one is named.
    Hosts(Option<GroupId>),
    /// What is said of a group.
    Variables(GroupId),
    /// Parts of a group.
    Children(GroupId),
    /// The header could not be understood, which has been said.
    Unknown,
}

struct Lines<'b> {
    builder: &'b mut Builder,
    source: &'b Source,
    section: Section,
    /// Groups that have a section of their own.
    declared: HashSet<String>,
    /// Groups that are named before they are declared, if ever.
    awaited: Vec<(String, Span, &'static str)>,
}

impl Lines<'_> {
    fn line(&mut self, line: &str, place: Place) {
        if line.starts_with('[') && is_header(line) {
            self.section = self.header(line, place).unwrap_or(Section::Unknown);
            return;
        }
        match self.section {
            Section::Hosts(group) => self.hosts(group, line, place),
            Section::Variables(group) => self.variable(group, line, place),
            Section::Children(group) => self.child(group, line, place),
            Section::Unknown => {}
        }
    }

    fn refuse(&mut self, summary: &str, detail: String, at: Span) {
        self.builder.report(Diagnostic::error(summary, detail).at(at));
    }

    /// `[group]`, `[group:vars]` or `[group:children]`.
    fn header(&mut self, line: &str, place: Place) -> Option<Section> {
        let Some(end) = line.find(']') else {
            let detail = format!("The section {} has no \"]\" at its end.", quoted(line));
            self.refuse("Invalid section", detail, place.of(line));
            return None;
        };
        let inside = &line[1..end];
        let span = place.span(1, 1 + inside.len());
        let (name, kind) = inside.split_once(':').map_or((inside, "hosts"), |(name, kind)| (name, kind));
        if name.is_empty() || inside.contains(char::is_whitespace) {
            let detail = format!(
                "{} is no section: it must be [group], [group:vars] or [group:children], without blanks.",
                quoted(&format!("[{inside}]"))
            );
            self.refuse("Invalid section", detail, span);
            return None;
        }
        if !["hosts", "vars", "children"].contains(&kind) {
            let hint = did_you_mean(kind, ["hosts", "vars", "children"]);
            let detail = format!(
                "A section of a group has \"hosts\", \"vars\" or \"children\", and not {}.{hint}",
                quoted(kind)
            );
            self.refuse("Invalid section", detail, span);
            return None;
        }
        if kind == "vars" && self.builder.known_group(name).is_none() {
            self.awaited.push((name.to_owned(), span, "says something of"));
        }
        let group = self.builder.group(name, span)?;
        if kind != "vars" {
            self.declared.insert(name.to_owned());
        }
        Some(match kind {
            "vars" => Section::Variables(group),
            "children" => Section::Children(group),
            _ => Section::Hosts(Some(group)),
        })
    }

    fn hosts(&mut self, group: Option<GroupId>, line: &str, place: Place) {
        let found = match words::split(line, true) {
            Ok(found) => found,
            Err(wrong) => {
                let detail = format!("This line cannot be taken apart: {}.", wrong.why);
                return self.refuse("Invalid host", detail, place.span(wrong.at, line.len()));
            }
        };
        let Some((first, rest)) = found.split_first() else { return };
        let span = place.span(first.start, first.end);
        let hosts = typed::hosts(self.builder, &first.text, span, self.source);
        for host in &hosts {
            if let Some(group) = group {
                self.builder.put_into(group, *host);
            }
        }
        let mut is_secret = false;
        for word in rest {
            self.host_variable(&hosts, word, place.span(word.start, word.end), is_secret);
            is_secret = word.text.split_once('=').map_or(is_secret, |(name, _)| is_secret_name(name));
        }
    }

    /// What stands behind a secret may be more of it.
    fn host_variable(&mut self, hosts: &[HostId], word: &words::Word, span: Span, is_behind_secret: bool) {
        let Some((name, text)) = word.text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            let shown = if is_behind_secret { "one of these words".to_owned() } else { quoted(&word.text) };
            let detail = format!(
                "Behind a host there are values as name=value, and {shown} is none. What has blanks in it goes into quotes."
            );
            return self.refuse("Invalid host variable", detail, span);
        };
        let datum = self.source.datum(value_of(text), span);
        for host in hosts {
            ansible::set(self.builder, Target::Host(*host), name, datum.clone());
        }
    }

    fn variable(&mut self, group: GroupId, line: &str, place: Place) {
        let span = place.of(line);
        let Some((name, text)) = line.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
            let detail =
                format!("In a section of values each line is name=value, and {} is not.", quoted(line));
            return self.refuse("Invalid group variable", detail, span);
        };
        let datum = self.source.datum(value_of(text.trim()), span);
        ansible::set(self.builder, Target::Group(group), name.trim(), datum);
    }

    fn child(&mut self, parent: GroupId, line: &str, place: Place) {
        let name = line.split('#').next().unwrap_or_default().trim_end();
        let span = place.span(0, name.len());
        if self.builder.known_group(name).is_none() {
            self.awaited.push((name.to_owned(), span, "has as a part"));
        }
        if let Some(child) = self.builder.group(name, span) {
            self.builder.put_below(parent, child, span);
        }
    }

    /// A group that only others speak of is a slip of the finger.
    fn check_awaited(&mut self) {
        for (name, span, what) in std::mem::take(&mut self.awaited) {
            if self.declared.contains(&name) {
                continue;
            }
            let hint = did_you_mean(&name, self.declared.iter().map(String::as_str));
            let detail = format!(
                "This {what} a group {}, and there is none: it needs a section [{name}] or [{name}:children].{hint}",
                quoted(&name)
            );
            self.refuse("Unknown group", detail, span);
        }
    }
}

/// Whether a line is a header rather than a host whose name begins with a range or an address in brackets.
fn is_header(line: &str) -> bool {
    let Some(end) = line.find(']') else { return true };
    let behind = line[end + 1..].trim_start();
    behind.is_empty() || behind.starts_with('#')
}

/// A literal of Python's, or else a text.
fn value_of(text: &str) -> Value {
    literal::value(text).unwrap_or_else(|| Value::String(text.to_owned()))
}
