//! Hosts that `ssh_config` files name literally.
//!
//! What else such a file says of them is up to whoever connects: names alone are of interest here.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use plumb_diagnostics::Diagnostic;
use plumb_source::Span;
use serde_json::Value;

use super::{Reader, Source, read_text, words};
use crate::builder::Target;
use crate::glob::{Glob, has_wildcard};
use crate::name::{quoted, wrong_host_name};
use crate::vocabulary::SSH_CONFIG_FILE;

/// How deep files may include one another, as with OpenSSH.
const DEPTH_MAX: usize = 16;

/// Reads the user's own file. With a pattern, only hosts that it matches count.
pub(super) fn read(reader: &mut Reader<'_>, pattern: Option<&str>, span: Span, source: &Source) {
    let Some(file) = reader.world.ssh_config.cloned() else {
        let detail =
            "It is not known where your home directory is, so that there is no ssh_config to look into.";
        return reader.builder.report(Diagnostic::error("No ssh_config", detail).at(span));
    };
    if !reader.world.files.is_file(&file) {
        let detail = format!("There is no file {}, which would name hosts.", file.display());
        return reader.builder.report(Diagnostic::error("No ssh_config", detail).at(span));
    }
    let glob = match pattern.map(Glob::parse).transpose() {
        Ok(glob) => glob,
        Err(why) => {
            let detail =
                format!("The pattern {} cannot be read: {why}.", quoted(pattern.unwrap_or_default()));
            return reader.builder.report(Diagnostic::error("Invalid pattern", detail).at(span));
        }
    };
    let mut finder =
        Finder { seen: HashSet::new(), names: Vec::new(), directory: file.parent().map(Path::to_owned) };
    finder.file(reader, &file, 0);
    let mut found = false;
    for (name, span) in finder.names {
        if glob.as_ref().is_some_and(|glob| !glob.matches(&name)) {
            continue;
        }
        found = true;
        if let Some(host) = reader.builder.host(&name, span) {
            let config = Value::String(file.display().to_string());
            reader.builder.set(Target::Host(host), SSH_CONFIG_FILE, source.datum(config, span));
        }
    }
    if !found {
        let which = pattern.map(|pattern| format!(" that {} matches", quoted(pattern))).unwrap_or_default();
        let detail = format!(
            "{} and the files that it includes name no host{which}. Only names without * and ? behind \"Host\" count.",
            file.display()
        );
        reader.builder.report(Diagnostic::error("No hosts in ssh_config", detail).at(span));
    }
}

struct Finder {
    seen: HashSet<String>,
    /// Names in the order of the files.
    names: Vec<(String, Span)>,
    /// What paths of included files begin in.
    directory: Option<PathBuf>,
}

impl Finder {
    fn file(&mut self, reader: &mut Reader<'_>, path: &Path, depth: usize) {
        let Some((file, text)) = read_text(&mut reader.builder, reader.world, path) else { return };
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let indent = line.len() - line.trim_start().len();
            let at = start + indent;
            start += line.len();
            let Some((keyword, arguments)) = directive(line.trim()) else { continue };
            let span = Span::new(file, at as u32, (at + line.trim().len()) as u32);
            match keyword.to_ascii_lowercase().as_str() {
                "host" => self.hosts(&arguments, span),
                "include" if depth < DEPTH_MAX => self.include(reader, &arguments, depth),
                "include" => {
                    let detail = format!("Files include one another more than {DEPTH_MAX} levels deep here.");
                    return reader.builder.report(Diagnostic::error("Invalid ssh_config", detail).at(span));
                }
                _ => {}
            }
        }
    }

    fn hosts(&mut self, patterns: &[String], span: Span) {
        for name in patterns {
            let is_literal = !has_wildcard(name) && !name.starts_with('!') && wrong_host_name(name).is_none();
            if is_literal && self.seen.insert(name.clone()) {
                self.names.push((name.clone(), span));
            }
        }
    }

    /// A file that is not there includes nothing, as with OpenSSH.
    fn include(&mut self, reader: &mut Reader<'_>, patterns: &[String], depth: usize) {
        for pattern in patterns {
            for path in self.included(reader, pattern) {
                self.file(reader, &path, depth + 1);
            }
        }
    }

    fn included(&self, reader: &Reader<'_>, pattern: &str) -> Vec<PathBuf> {
        let files = reader.world.files;
        let path = match (pattern.strip_prefix("~/"), files.home_directory(), &self.directory) {
            (Some(rest), Some(home), _) => home.join(rest),
            (None, _, Some(directory)) => directory.join(pattern),
            _ => PathBuf::from(pattern),
        };
        let mut found = vec![PathBuf::new()];
        for part in path.components() {
            let part = part.as_os_str();
            let glob = part.to_str().filter(|part| has_wildcard(part)).map(Glob::parse);
            found = match glob {
                Some(Ok(glob)) => {
                    found.iter().flat_map(|directory| matching(files, directory, &glob)).collect()
                }
                _ => found.iter().map(|directory| directory.join(part)).collect(),
            };
        }
        found.retain(|path| files.is_file(path));
        found
    }
}

/// What a directory has that a pattern matches, by name.
fn matching(files: &dyn plumb_source::Files, directory: &Path, glob: &Glob) -> Vec<PathBuf> {
    let names = files.list(directory).unwrap_or_default().into_iter().map(|(name, _)| name);
    let meant = names.filter(|name| !name.starts_with('.') && glob.matches(name));
    meant.map(|name| directory.join(name)).collect()
}

/// A keyword and its arguments: `Host a b`, `Host=a`, `Include "a file"`.
fn directive(line: &str) -> Option<(&str, Vec<String>)> {
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(|one: char| one.is_whitespace() || one == '=').unwrap_or(line.len());
    let (keyword, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    // A comment may follow behind a blank.
    let words = words::split(rest, false).ok()?.into_iter().map(|word| word.text);
    Some((keyword, words.take_while(|word| !word.starts_with('#')).collect()))
}
