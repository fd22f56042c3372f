//! `group_vars` and `host_vars`: what is said of groups and hosts in files of their own, beside an inventory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plumb_diagnostics::{Diagnostic, Diagnostics, closest};
use plumb_source::explain_refusal;

use super::grouped::set_all;
use super::sops;
use super::{Source, read_text};
use crate::builder::{Builder, Target};
use crate::name::quoted;
use crate::world::World;

/// How deep directories may lie in one another; a link may lead back up.
const DEPTH_MAX: usize = 32;
/// Endings of files with values, in the order in which they are looked for.
const ENDINGS: [&str; 4] = ["", ".yml", ".yaml", ".json"];

/// Reads what lies beside the inventories of a directory.
pub(super) fn read(builder: &mut Builder, world: World<'_>, directory: &Path) {
    read_kind(builder, world, &directory.join("group_vars"), "group");
    read_kind(builder, world, &directory.join("host_vars"), "host");
}

fn read_kind(builder: &mut Builder, world: World<'_>, directory: &Path, kind: &'static str) {
    if !world.files.is_directory(directory) {
        return;
    }
    let Some(entries) = listed(builder, world, directory) else { return };
    for (name, found) in by_name(entries) {
        let target = match kind {
            "group" => builder.known_group(&name).map(Target::Group),
            _ => builder.known_host(&name).map(Target::Host),
        };
        let Some(target) = target else {
            warn_of_slip(builder, directory, &name, kind);
            continue;
        };
        let Some((first, others)) = found.split_first() else { continue };
        warn_of_others(builder, directory, first, others);
        let path = directory.join(&first.0);
        for path in if first.1 { below(builder, world, &path, 0) } else { vec![path] } {
            read_file(builder, world, &path, target, &format!("{kind} {}", quoted(&name)));
        }
    }
}

type Listed = (String, bool);

fn listed(builder: &mut Builder, world: World<'_>, directory: &Path) -> Option<Vec<Listed>> {
    match world.files.list(directory) {
        Ok(entries) => Some(entries),
        Err(error) => {
            let detail =
                format!("The directory {} cannot be read: {}", directory.display(), explain_refusal(&error));
            builder.report(Diagnostic::error("Cannot read inventory", detail));
            None
        }
    }
}

/// What belongs to each name, the one that counts first.
fn by_name(entries: Vec<Listed>) -> BTreeMap<String, Vec<Listed>> {
    let mut names: BTreeMap<String, Vec<(usize, Listed)>> = BTreeMap::new();
    for (file, is_directory) in entries.into_iter().filter(|(name, _)| !is_ignored(name)) {
        // Names have dots in them too, so that a name is also what the whole file is called.
        for (rank, ending) in ENDINGS.iter().enumerate() {
            if let Some(name) = file.strip_suffix(ending).filter(|name| !name.is_empty()) {
                names.entry(name.to_owned()).or_default().push((rank, (file.clone(), is_directory)));
            }
        }
    }
    let in_order = |(name, mut found): (String, Vec<(usize, Listed)>)| {
        found.sort();
        (name, found.into_iter().map(|(_, listed)| listed).collect())
    };
    names.into_iter().map(in_order).collect()
}

fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~')
}

/// All files of a directory and those below it that have values in them, by name.
fn below(builder: &mut Builder, world: World<'_>, directory: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (name, is_directory) in listed(builder, world, directory).unwrap_or_default() {
        let path = directory.join(&name);
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if is_ignored(&name) {
            continue;
        }
        if is_directory && ending.is_empty() && depth < DEPTH_MAX {
            found.extend(below(builder, world, &path, depth + 1));
        } else if !is_directory && ["", "yml", "yaml", "json"].contains(&ending) {
            found.push(path);
        }
    }
    found
}

fn read_file(builder: &mut Builder, world: World<'_>, path: &Path, target: Target, of: &str) {
    let Some((file, text)) = read_text(builder, world, path) else { return };
    let mut diagnostics = Diagnostics::new();
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    let read = if is_json {
        crate::tree::read_json(file, &text)
    } else {
        crate::tree::read_yaml(file, &text, &mut diagnostics)
    };
    diagnostics.into_iter().for_each(|diagnostic| builder.report(diagnostic));
    match read {
        Ok(node) if sops::is_encrypted(&node) => {
            if let Some((node, source)) = sops::decrypted(builder, world, path) {
                set_all(builder, target, &node, of, &source);
            }
        }
        Ok(node) => set_all(builder, target, &node, of, &Source::new(&path.display().to_string())),
        Err(error) => builder.report(error),
    }
}

/// Only one of several files for a name is read, as with Ansible.
fn warn_of_others(builder: &mut Builder, directory: &Path, first: &Listed, others: &[Listed]) {
    let Some((other, _)) = others.first() else { return };
    let detail = format!(
        "{} is read, and {other} beside it is not: there is one file or one directory for each name. Move what is in it \
         into a directory of that name.",
        directory.join(&first.0).display()
    );
    builder.report(Diagnostic::warning("Variables not read", detail));
}

/// A file for nobody is nothing unusual, for files are shared; but for almost somebody it is a slip.
fn warn_of_slip(builder: &mut Builder, directory: &Path, name: &str, kind: &str) {
    let guess = match kind {
        "group" => closest(name, builder.group_names()),
        _ => closest(name, builder.host_names()),
    };
    // What has an ending belongs to what it is called without.
    let has_ending = ENDINGS.iter().any(|ending| !ending.is_empty() && name.ends_with(ending));
    let Some(guess) = guess.filter(|_| !has_ending) else { return };
    if is_numbered_sibling(name, guess) {
        return;
    }
    let detail = format!(
        "{} has values for a {kind} {}, and there is none, so that nobody has them. Did you mean {}?",
        directory.display(),
        quoted(name),
        quoted(guess)
    );
    builder.report(Diagnostic::warning("Variables for nobody", detail));
}

/// `web3` is not what somebody meant who has `web1` and `web2`.
fn is_numbered_sibling(one: &str, other: &str) -> bool {
    let without_digits = |name: &str| name.replace(|one: char| one.is_ascii_digit(), "");
    without_digits(one) == without_digits(other)
}
