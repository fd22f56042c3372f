//! Whether a plan still fits the world.
//!
//! Responsible for comparing what a plan was made from with what is there now, and for saying what
//! moved. It looks at nothing itself: both sides are data.

use std::collections::BTreeMap;

use plumb_diagnostics::{Diagnostic, Severity};
use plumb_source::MemoryFiles;

use crate::{ChangeRecord, Digest};

/// What there is now, in the terms of a [`ChangeRecord`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// Lineage of the state; empty where there is none.
    pub lineage: String,
    /// Serial of the state.
    pub serial: u64,
    /// Digest of each provider's package by address, built-ins by their version.
    pub providers: BTreeMap<String, String>,
    /// Digest of the values of all input variables; `None` where none were given, for a saved plan
    /// brings its own.
    pub variables: Option<Digest>,
    /// Digest of every file of the configuration; `None` where nobody looked.
    pub configuration: Option<Digest>,
    /// Files that differ from those that the plan was made from, see [`changed_files`].
    pub changed_files: Vec<FileChange>,
    /// The selected workspace.
    pub workspace: String,
}

/// A file that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// What happened to it.
    pub kind: FileChangeKind,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileChangeKind {
    /// It is new.
    Added,
    /// It has another content.
    Changed,
    /// It is gone.
    Removed,
}

/// Files that differ, by path.
pub fn changed_files(then: &MemoryFiles, now: &MemoryFiles) -> Vec<FileChange> {
    let old: BTreeMap<_, _> = then.iter().collect();
    let new: BTreeMap<_, _> = now.iter().collect();
    let change =
        |path: &std::path::Path, kind| FileChange { path: path.to_string_lossy().into_owned(), kind };
    let mut changes: Vec<FileChange> = old
        .iter()
        .filter_map(|(path, content)| match new.get(path) {
            None => Some(change(path, FileChangeKind::Removed)),
            Some(other) if other != content => Some(change(path, FileChangeKind::Changed)),
            Some(_) => None,
        })
        .collect();
    changes.extend(
        new.keys().filter(|path| !old.contains_key(*path)).map(|path| change(path, FileChangeKind::Added)),
    );
    changes.sort();
    changes
}

/// Which part of the world moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StalePart {
    /// Another history of states.
    Lineage,
    /// A later version of the state.
    Serial,
    /// Another workspace.
    Workspace,
    /// Other values of variables.
    Variables,
    /// Other provider packages.
    Providers,
    /// Other files: the plan carries its own, so this alone does not stop it.
    Configuration,
}

/// Something that moved since the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Which part.
    pub what: StalePart,
    /// Headline.
    pub summary: &'static str,
    /// What moved, and what to do.
    pub detail: String,
}

impl Stale {
    /// Whether the plan must not be applied, rather than only be looked at twice.
    pub fn is_error(&self) -> bool {
        self.what != StalePart::Configuration
    }

    /// As a diagnostic; `strict` makes an error of what would be a warning.
    pub fn diagnostic(&self, strict: bool) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(self.summary, &*self.detail);
        if !self.is_error() && !strict {
            diagnostic.severity = Severity::Warning;
        }
        diagnostic
    }
}

const STALE: &str = "Saved plan is stale";

/// The headline of a plan that is about another state.
const ANOTHER: &str = "Saved plan does not match the given state";
const AGAIN: &str = "Make a new plan, look at it, and apply that.";

/// Everything in which the world differs from what the plan was made from; empty where it may be
/// applied.
pub fn check_fresh(record: &ChangeRecord, now: &World) -> Vec<Stale> {
    let found = [
        workspace(record, now),
        state(record, now),
        variables(record, now),
        providers(record, now),
        configuration(record, now),
    ];
    found.into_iter().flatten().collect()
}

fn workspace(record: &ChangeRecord, now: &World) -> Option<Stale> {
    (record.workspace != now.workspace).then(|| Stale {
        what: StalePart::Workspace,
        summary: "Saved plan is for another workspace",
        detail: format!(
            "The plan was made for the workspace \"{}\", and the workspace \"{}\" is selected. Select that one with \
             \"plumb workspace select {}\", or make a new plan.",
            record.workspace, now.workspace, record.workspace
        ),
    })
}

fn state(record: &ChangeRecord, now: &World) -> Option<Stale> {
    let changed = |what, why: String| Stale {
        what,
        summary: STALE,
        detail: format!(
            "The given plan file can no longer be applied because the state was changed by another operation after \
             the plan was created.\n\n{why} {AGAIN}"
        ),
    };
    if record.lineage == now.lineage {
        return (record.serial != now.serial).then(|| {
            changed(
                StalePart::Serial,
                format!(
                    "The plan was made from version {} of the state, and it is at version {} now.",
                    record.serial, now.serial
                ),
            )
        });
    }
    if record.lineage.is_empty() {
        return Some(changed(
            StalePart::Serial,
            format!(
                "There was no state when the plan was made, and now there is one, at version {}.",
                now.serial
            ),
        ));
    }
    if now.lineage.is_empty() {
        return Some(Stale {
            what: StalePart::Lineage,
            summary: ANOTHER,
            detail: format!(
                "The given plan file can not be applied because it was created from a different state lineage.\n\nThe \
                 plan was made from version {} of a state, and now there is none. Check the backend and the \
                 workspace. {AGAIN}",
                record.serial
            ),
        });
    }
    Some(Stale {
        what: StalePart::Lineage,
        summary: ANOTHER,
        detail: format!(
            "The given plan file can not be applied because it was created from a different state lineage.\n\nThe plan \
             was made from the state with the lineage {}, and the state that is configured now has the lineage {}: it is \
             another state, not a later version of that one. Check the backend and the workspace.",
            record.lineage, now.lineage
        ),
    })
}

fn variables(record: &ChangeRecord, now: &World) -> Option<Stale> {
    let given = now.variables.as_ref()?;
    (*given != record.variables).then(|| Stale {
        what: StalePart::Variables,
        summary: STALE,
        detail: format!("The input variables have other values than when the plan was made. {AGAIN}"),
    })
}

fn providers(record: &ChangeRecord, now: &World) -> Option<Stale> {
    let mut lines = Vec::new();
    for (address, digest) in &record.providers {
        match now.providers.get(address) {
            Some(other) if other == digest => {}
            Some(other) => lines.push(format!("  - {address}: was {digest}, is {other}")),
            None => lines.push(format!("  - {address}: was {digest}, is not installed")),
        }
    }
    (!lines.is_empty()).then(|| Stale {
        what: StalePart::Providers,
        summary: STALE,
        detail: format!(
            "The plan was made with other provider packages than those that are installed now:\n{}\n\nWhat one version of \
             a provider planned, another may not do. {AGAIN}",
            lines.join("\n")
        ),
    })
}

fn configuration(record: &ChangeRecord, now: &World) -> Option<Stale> {
    const SHOWN: usize = 10;
    let moved = now.configuration.as_ref().is_some_and(|digest| *digest != record.configuration);
    if !moved && now.changed_files.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = now
        .changed_files
        .iter()
        .take(SHOWN)
        .map(|file| {
            let what = match file.kind {
                FileChangeKind::Added => "is new",
                FileChangeKind::Changed => "was changed",
                FileChangeKind::Removed => "is gone",
            };
            format!("  - {} {what}", file.path)
        })
        .collect();
    if now.changed_files.len() > SHOWN {
        lines.push(format!("  - and {} more", now.changed_files.len() - SHOWN));
    }
    let what = if lines.is_empty() {
        "The files of the configuration are not what the plan was made from.".to_owned()
    } else {
        format!("These files are not what the plan was made from:\n{}\n", lines.join("\n"))
    };
    Some(Stale {
        what: StalePart::Configuration,
        summary: "Configuration changed since the plan was made",
        detail: format!(
            "{what}\nThe plan carries the configuration that it was \
             made from and is applied with that; what changed since takes effect with the next plan."
        ),
    })
}
