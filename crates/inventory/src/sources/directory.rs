//! Directories: every inventory in them, by name.

use std::path::Path;

use plumb_diagnostics::Diagnostic;
use plumb_source::explain_refusal;

use super::Reader;

/// How deep directories may lie in one another; a link may lead back up.
const DEPTH_MAX: usize = 32;
/// Endings of what lies beside inventories and is none, as Ansible has them.
const IGNORED_ENDINGS: [&str; 14] = [
    ".pyc",
    ".pyo",
    ".swp",
    ".bak",
    "~",
    ".rpm",
    ".md",
    ".txt",
    ".rst",
    ".orig",
    ".cfg",
    ".retry",
    ".log",
    ".tfstate.backup",
];
const IGNORED_NAMES: [&str; 3] = ["group_vars", "host_vars", "vars_plugins"];

/// Reads all inventories of a directory and those below it.
pub(super) fn read(reader: &mut Reader<'_>, directory: &Path) {
    if !read_below(reader, directory, 0) {
        let detail = format!("There is no inventory in the directory {}.", directory.display());
        reader.builder.report(Diagnostic::error("Inventory not found", detail));
    }
}

fn read_below(reader: &mut Reader<'_>, directory: &Path, depth: usize) -> bool {
    let entries = match reader.world.files.list(directory) {
        Ok(entries) => entries,
        Err(error) => {
            let detail =
                format!("The directory {} cannot be read: {}", directory.display(), explain_refusal(&error));
            reader.builder.report(Diagnostic::error("Cannot read inventory", detail));
            return true;
        }
    };
    let mut found = false;
    for (name, is_directory) in entries.into_iter().filter(|(name, _)| !is_ignored(name)) {
        let path = directory.join(&name);
        if !is_directory {
            reader.read_file(&path);
            found = true;
        } else if depth < DEPTH_MAX {
            found |= read_below(reader, &path, depth + 1);
        }
    }
    found
}

fn is_ignored(name: &str) -> bool {
    name.starts_with('.')
        || IGNORED_NAMES.contains(&name)
        || IGNORED_ENDINGS.iter().any(|ending| name.ends_with(ending))
}
