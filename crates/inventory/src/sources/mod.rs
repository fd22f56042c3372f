//! What inventories are read from, a file for each, and which one a word on the command line means.

mod code;
mod containers;
mod directory;
mod grouped;
mod lines;
mod list;
mod literal;
mod mask;
mod program;
mod sops;
mod ssh_config;
mod state;
mod typed;
mod variables;
pub(crate) mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{FileId, Span, explain_refusal};
use serde_json::Value;

use crate::builder::Builder;
use crate::data::{Datum, Origin};
use crate::inventory::Inventory;
use crate::name::quoted;
use crate::tree::VAULT_HEADER;
use crate::world::World;
pub use mask::masked;

/// Endings of names that only files of inventories have.
const FILE_ENDINGS: [&str; 9] =
    [".ini", ".yml", ".yaml", ".json", ".txt", ".toml", ".star", ".tfstate", ".py"];

/// Reads inventories, one after the other, into one.
pub struct Reader<'w> {
    world: World<'w>,
    builder: Builder,
    /// Directories in which `group_vars` and `host_vars` may lie, in order.
    directories: Vec<PathBuf>,
}

/// What is being read: where what it says comes from.
#[derive(Clone)]
pub(crate) struct Source {
    name: Arc<str>,
    /// Whether nothing that it says may be shown.
    is_secret: bool,
    /// Whether a person has written it, who may name hosts with users, ports and ranges.
    is_written: bool,
}

impl Source {
    pub(crate) fn new(name: &str) -> Self {
        Source { name: name.into(), is_secret: false, is_written: true }
    }

    /// What a program says, and not a person.
    pub(crate) fn of_program(name: &str, is_secret: bool) -> Self {
        Source { name: name.into(), is_secret, is_written: false }
    }

    pub(crate) fn is_written(&self) -> bool {
        self.is_written
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn datum(&self, value: Value, span: Span) -> Datum {
        let datum = Datum::new(value, Origin { source: self.name.clone(), span });
        if self.is_secret { datum.hidden() } else { datum }
    }
}

/// Reads inventories as they are named on a command line, in order. What later ones say counts for more; `given` are
/// the values of `-data`, as `name=value`, which count for most.
pub fn read(words: &[String], given: &[String], world: World<'_>) -> (Inventory, Diagnostics) {
    let mut reader = Reader::new(world);
    words.iter().for_each(|word| reader.read(word));
    given.iter().for_each(|given| reader.give(given));
    reader.finish()
}

impl<'w> Reader<'w> {
    /// Nothing has been read yet.
    pub fn new(world: World<'w>) -> Self {
        Reader { world, builder: Inventory::builder(), directories: Vec::new() }
    }

    /// What has been read so far, for those who have more to say.
    pub fn builder(&mut self) -> &mut Builder {
        &mut self.builder
    }

    /// Reads `group_vars` and `host_vars` beside a file as well, once all inventories have been read.
    pub fn look_beside(&mut self, file: &Path) {
        let directory = file.parent().unwrap_or(Path::new("")).to_owned();
        if !self.directories.contains(&directory) {
            self.directories.push(directory);
        }
    }

    /// Reads the inventory that a word on a command line means.
    pub fn read(&mut self, word: &str) {
        let path = Path::new(word);
        if word.starts_with('@') && !word.contains(',') {
            typed::read(self, word);
        } else if self.world.files.is_directory(path) {
            self.look_beside(&path.join("inventory"));
            directory::read(self, path);
        } else if self.is_file(path) {
            self.look_beside(path);
            self.read_file(path);
        } else if !word.contains(',') && looks_like_path(word) {
            self.builder.report(not_there(word));
        } else {
            typed::read(self, word);
        }
    }

    /// What a shell makes of `<(command)` is a pipe, which can be read once, and so is not looked into first.
    fn is_file(&self, path: &Path) -> bool {
        path.starts_with("/dev") || self.world.files.is_file(path)
    }

    /// Says something of all hosts that counts for more than whatever else is said: `name=value`.
    pub fn give(&mut self, given: &str) {
        let file = self.world.sources.add("<value for -data>", masked(given));
        let span = Span::new(file, 0, given.len() as u32);
        let Some((name, value)) = given.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
            let detail = format!("{} must be a name, an equals sign and a value.", quoted(given));
            self.builder.report(Diagnostic::error("Invalid data", detail));
            return;
        };
        match given_value(value) {
            Ok(value) => {
                let datum = Source::new("the command line").datum(value, span);
                self.builder.give(name.trim(), datum);
            }
            Err(why) => {
                let detail = format!("The value of \"{}\" begins as JSON, and is none: {why}.", name.trim());
                self.builder.report(Diagnostic::error("Invalid data", detail));
            }
        }
    }

    /// The inventory, and everything that is wrong with what was read.
    pub fn finish(mut self) -> (Inventory, Diagnostics) {
        for directory in std::mem::take(&mut self.directories) {
            variables::read(&mut self.builder, self.world, &directory);
        }
        let home = self.world.files.home_directory();
        let (inventory, mut diagnostics) = self.builder.finish(home.as_deref());
        if inventory.hosts().is_empty() && !diagnostics.has_errors() {
            diagnostics.push(no_hosts());
        }
        (inventory, diagnostics)
    }

    /// Reads a file of whatever kind.
    fn read_file(&mut self, path: &Path) {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match ending {
            "star" => return code::read_file(self, path),
            "toml" => return self.builder.report(unknown_kind(path, ending)),
            "yml" | "yaml" | "json" | "ini" | "txt" | "tfstate" => {}
            _ if self.world.programs.is_executable(path) => return program::read_file(self, path),
            _ => {}
        }
        let Some((file, text)) = read_text(&mut self.builder, self.world, path) else { return };
        let name = path.display().to_string();
        let kind = Kind::of(ending, &text);
        self.read_text(kind, file, &text, &Source::new(&name));
    }

    fn read_text(&mut self, kind: Kind, file: FileId, text: &str, source: &Source) {
        match kind {
            Kind::Json => self.read_json(file, text, source),
            Kind::Yaml => {
                let mut diagnostics = Diagnostics::new();
                let read = crate::tree::read_yaml(file, text, &mut diagnostics);
                diagnostics.into_iter().for_each(|diagnostic| self.builder.report(diagnostic));
                match read {
                    Ok(node) => {
                        grouped::read(&mut self.builder, &node, source);
                    }
                    Err(error) => self.builder.report(error),
                }
            }
            Kind::Lines => lines::read(&mut self.builder, file, text, source),
        }
    }

    /// Groups, a list of hosts, or a state.
    fn read_json(&mut self, file: FileId, text: &str, source: &Source) {
        match crate::tree::read_json(file, text) {
            Err(error) => self.builder.report(error),
            Ok(node) if node.elements().is_some() => list::read(&mut self.builder, &node, source),
            Ok(node) if state::is_state(&node) => {
                state::read_bytes(self, source.name(), text.as_bytes(), None);
            }
            Ok(node) => {
                grouped::read(&mut self.builder, &node, source);
            }
        }
    }
}

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Yaml,
    Lines,
}

impl Kind {
    /// What the ending of a name says, or else how the text begins.
    fn of(ending: &str, text: &str) -> Kind {
        match ending {
            "json" | "tfstate" => return Kind::Json,
            "yml" | "yaml" => return Kind::Yaml,
            "ini" | "txt" => return Kind::Lines,
            _ => {}
        }
        let start = text.trim_start();
        if start.starts_with('{') || (start.starts_with('[') && begins_json_list(start)) {
            return Kind::Json;
        }
        let mut lines = text.lines().map(str::trim_end);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with(['#', ';'])).unwrap_or_default();
        // A host cannot end with a colon, and a group of YAML does.
        let is_yaml =
            first == "---" || first.split(" #").next().unwrap_or_default().trim_end().ends_with(':');
        if is_yaml { Kind::Yaml } else { Kind::Lines }
    }
}

/// Groups of lines begin with a bracket as well, but with a name right behind it.
fn begins_json_list(start: &str) -> bool {
    let behind = start[1..].trim_start();
    behind.starts_with(['"', '{', '[']) || behind.starts_with(']') && behind[1..].trim().is_empty()
}

/// The text of a file, or nothing, and then it is said why.
pub(crate) fn read_text(builder: &mut Builder, world: World<'_>, path: &Path) -> Option<(FileId, String)> {
    let name = path.display().to_string();
    let bytes = match world.files.read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let detail = format!("The file {name} cannot be read: {}", explain_refusal(&error));
            builder.report(Diagnostic::error("Cannot read inventory", detail));
            return None;
        }
    };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
            let detail = format!(
                "The file {name} is no text in UTF-8: line {line} has bytes that are none. Save it in UTF-8."
            );
            builder.report(Diagnostic::error("Invalid character encoding", detail));
            return None;
        }
    };
    let text = text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned);
    if text.len() > u32::MAX as usize {
        let detail = format!("The file {name} has more than 4 GiB in it, and nobody has so many hosts.");
        builder.report(Diagnostic::error("Cannot read inventory", detail));
        return None;
    }
    let file = world.sources.add(name, masked(&text));
    if text.starts_with(VAULT_HEADER) {
        builder.report(crate::tree::vault("the whole file", Span::new(file, 0, VAULT_HEADER.len() as u32)));
        return None;
    }
    Some((file, text))
}

/// The value of `-data`: words of JSON and whole numbers are what they are, everything else is a text.
fn given_value(text: &str) -> Result<Value, String> {
    let is_whole = |digits: &str| {
        let is_short = digits == "0" || !digits.starts_with('0');
        !digits.is_empty() && is_short && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_json = text.starts_with(['[', '{', '"'])
        || ["true", "false", "null"].contains(&text)
        || is_whole(text.strip_prefix('-').unwrap_or(text));
    if !is_json {
        return Ok(Value::String(text.to_owned()));
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn looks_like_path(word: &str) -> bool {
    let name = word.to_ascii_lowercase();
    word.contains('/') || FILE_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn not_there(word: &str) -> Diagnostic {
    let detail = format!(
        "There is no file or directory {}. Inventories are files, names of hosts with commas between them, or words \
         such as @local.",
        quoted(word)
    );
    Diagnostic::error("Inventory not found", detail)
}

fn unknown_kind(path: &Path, ending: &str) -> Diagnostic {
    let detail = format!(
        "The file {} ends in .{ending}, and inventories of that kind cannot be read. Lines (.ini, .txt), YAML (.yml, \
         .yaml), JSON (.json), code (.star) and programs can.",
        path.display()
    );
    Diagnostic::error("Unknown kind of inventory", detail)
}

fn no_hosts() -> Diagnostic {
    Diagnostic::error(
        "No hosts",
        "There is no host in what was given as the inventory, so that there is nothing to do.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_file_is_written_in_is_told_from_its_beginning() {
        let cases = [
            ("", "web1\n", Kind::Lines),
            ("", "[web]\nweb1\n", Kind::Lines),
            ("", "# x\n\n[\"web1\"]\n", Kind::Lines),
            ("", "[\"web1\"]\n", Kind::Json),
            ("", "[]\n", Kind::Json),
            ("", "[]x\n", Kind::Lines),
            ("", " {\"all\": {}}", Kind::Json),
            ("", "---\nall:\n", Kind::Yaml),
            ("", "# x\nall: # y\n  hosts:\n", Kind::Yaml),
            ("ini", "all:\n", Kind::Lines),
            ("yml", "web1\n", Kind::Yaml),
            ("json", "", Kind::Json),
        ];
        for (ending, text, kind) in cases {
            assert_eq!(Kind::of(ending, text), kind, "{text}");
        }
    }

    #[test]
    fn given_values_are_texts_unless_they_are_clearly_something_else() {
        let cases = [
            ("a", json!("a")),
            ("", json!("")),
            ("1.10", json!("1.10")),
            ("007", json!("007")),
            ("-3", json!(-3)),
            ("true", json!(true)),
            ("[1, 2]", json!([1, 2])),
            ("yes", json!("yes")),
        ];
        for (text, value) in cases {
            assert_eq!(given_value(text), Ok(value), "{text}");
        }
        given_value("[1").expect_err("no JSON");
    }
}
