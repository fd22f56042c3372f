//! Hosts as people type them: names, with users, ports and ranges, and words that stand for hosts.

use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_source::Span;
use serde_json::Value;

use super::mask::masked;
use super::{Reader, Source, containers, looks_like_path, program, ssh_config, state};
use crate::address;
use crate::builder::{Builder, HostId, Target};
use crate::name::quoted;
use crate::range;
use crate::vocabulary as ours;
use crate::way::Engine;

/// Words that may follow an "@", each with what may follow a slash.
const WORDS: [&str; 8] =
    ["local", "docker", "podman", "chroot", "ssh_config", "terraform", "state", "command"];

/// Reads what stands on the command line.
pub(super) fn read(reader: &mut Reader<'_>, word: &str) {
    let file = reader.world.sources.add("<inventory argument>", masked(word));
    let source = Source::new("the command line");
    // A command has commas of its own.
    if word.starts_with("@command/") {
        return read_word(reader, word, Span::new(file, 0, word.len() as u32), &source);
    }
    let mut start = 0;
    for part in word.split(',') {
        let indent = part.len() - part.trim_start().len();
        let name = part.trim();
        let span = Span::new(file, (start + indent) as u32, (start + indent + name.len()) as u32);
        start += part.len() + 1;
        match name {
            "" => {}
            _ if name.starts_with('@') => read_word(reader, name, span, &source),
            // A file beside names; but what is called like a host is one, whatever lies here.
            _ if looks_like_path(name) => reader.read(name),
            _ => {
                hosts(&mut reader.builder, name, span, &source);
            }
        }
    }
}

fn read_word(reader: &mut Reader<'_>, word: &str, span: Span, source: &Source) {
    let inside = &word[1..];
    let (kind, argument) = match inside.split_once('/') {
        Some((kind, argument)) => (kind, Some(argument)),
        None => (inside, None),
    };
    let (kind, output) = match kind.split_once('#') {
        Some((kind, output)) if argument.is_none() => (kind, Some(output)),
        _ => (kind, None),
    };
    match (kind, argument) {
        ("docker" | "podman", None) => containers::read(reader, engine(kind), span, source),
        ("ssh_config", pattern) => ssh_config::read(reader, pattern, span, source),
        ("terraform", None) => state::read_here(reader, output, span),
        ("state", Some(argument)) if !argument.is_empty() => {
            let (path, output) = match argument.rsplit_once('#') {
                Some((path, output)) => (path, Some(output)),
                None => (argument, None),
            };
            state::read_file(reader, path, output, span);
        }
        ("command", Some(line)) if !line.trim().is_empty() => program::read_command(reader, line, span),
        _ => {
            special(&mut reader.builder, word, span, source);
        }
    }
}

fn engine(kind: &str) -> Engine {
    if kind == "podman" { Engine::Podman } else { Engine::Docker }
}

/// The host that somebody names. Programs name hosts by nothing but their names.
pub(super) fn named(builder: &mut Builder, name: &str, span: Span, source: &Source) -> Vec<HostId> {
    if source.is_written() {
        hosts(builder, name, span, source)
    } else {
        builder.host(name, span).into_iter().collect()
    }
}

/// All hosts that one word stands for, with what it says of them. What is wrong is noted.
pub(super) fn hosts(builder: &mut Builder, word: &str, span: Span, source: &Source) -> Vec<HostId> {
    if word.starts_with('@') {
        return special(builder, word, span, source).into_iter().collect();
    }
    let parsed = address::parse(word, true);
    let named = parsed.and_then(|address| {
        let names = if range::has_range(address.name) {
            range::expand(address.name)?
        } else {
            vec![address.name.to_owned()]
        };
        Ok((address, names))
    });
    let (address, names) = match named {
        Ok(named) => named,
        Err(why) => {
            let detail = format!("{} cannot be a host: {why}.", quoted(word));
            builder.report(Diagnostic::error("Invalid host", detail).at(span));
            return Vec::new();
        }
    };
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let Some(host) = builder.host(&name, span) else { break };
        if let Some(user) = address.user {
            builder.set(
                Target::Host(host),
                ours::SSH_USER,
                source.datum(Value::String(user.to_owned()), span),
            );
        }
        if let Some(port) = address.port {
            builder.set(Target::Host(host), ours::SSH_PORT, source.datum(Value::from(port), span));
        }
        found.push(host);
    }
    found
}

/// A host that is reached in another way than over SSH; it is named as the word is.
pub(super) fn special(builder: &mut Builder, word: &str, span: Span, source: &Source) -> Option<HostId> {
    let inside = word.strip_prefix('@').unwrap_or(word);
    let (kind, argument) = inside.split_once('/').unwrap_or((inside, ""));
    let key = match (kind, argument) {
        ("local", "") => None,
        ("docker" | "podman", name) if !name.is_empty() => Some(ours::CONTAINER),
        ("chroot", directory) if !directory.is_empty() => Some(ours::CHROOT_DIRECTORY),
        _ => {
            builder.report(unknown_word(word, kind).at(span));
            return None;
        }
    };
    let host = builder.host(word, span)?;
    builder.set(Target::Host(host), ours::CONNECTION, source.datum(Value::String(kind.to_owned()), span));
    if let Some(key) = key {
        builder.set(Target::Host(host), key, source.datum(Value::String(argument.to_owned()), span));
    }
    Some(host)
}

fn unknown_word(word: &str, kind: &str) -> Diagnostic {
    let hint = did_you_mean(kind, WORDS);
    let detail = format!(
        "{} means nothing here. Words with an \"@\" are @local, @docker, @docker/NAME, @podman, @podman/NAME, @chroot/DIR, \
         @ssh_config, @ssh_config/PATTERN, @terraform, @terraform#OUTPUT, @state/PATH, @state/PATH#OUTPUT and \
         @command/COMMAND; a user before a host is written as user@host.{hint}",
        quoted(word)
    );
    Diagnostic::error("Unknown inventory", detail)
}
