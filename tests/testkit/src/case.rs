//! Cases: folders of `corpus/` that say what to run and what that shows.
//!
//! Responsible for the format of `case.json`, described in `corpus/README.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::Installation;

/// In what way a case shows a behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// It works.
    Accepted,
    /// Wrong use of it is refused.
    Rejected,
    /// It meets values that are not known yet.
    Unknown,
    /// It meets sensitive values.
    Sensitive,
}

impl Cell {
    /// All of them, in the order of columns.
    pub const ALL: [Cell; 4] = [Cell::Accepted, Cell::Rejected, Cell::Unknown, Cell::Sensitive];

    /// Its heading.
    pub fn name(self) -> &'static str {
        match self {
            Cell::Accepted => "accepted",
            Cell::Rejected => "rejected",
            Cell::Unknown => "unknown",
            Cell::Sensitive => "sensitive",
        }
    }
}

/// One folder.
#[derive(Clone, Debug)]
pub struct Case {
    /// The folder's name.
    pub name: String,
    /// The folder.
    pub directory: PathBuf,
    /// One sentence about what it shows.
    pub about: String,
    /// Behaviours and in which ways they are shown.
    pub covers: BTreeMap<String, Vec<Cell>>,
    /// How the provider is found.
    pub installation: Installation,
    /// Variables of the environment.
    pub environment: BTreeMap<String, String>,
    /// Attributes whose values are left to chance or to the clock, so that no two runs have the same.
    pub by_chance: Vec<String>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    about: String,
    covers: BTreeMap<String, Vec<Cell>>,
    #[serde(default)]
    installation: Installation,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    by_chance: Vec<String>,
    steps: Vec<Step>,
}

/// One command, and what happens before it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The command, words separated by spaces.
    pub run: String,
    /// A folder of the case whose files are copied over the workspace first.
    #[serde(default)]
    pub overlay: Option<String>,
    /// Files to write first, or to remove where they are null.
    #[serde(default)]
    pub write: BTreeMap<String, Option<String>>,
    /// Objects of the provider that someone else changes first, or removes where they are null.
    #[serde(default)]
    pub objects: BTreeMap<String, Option<Json>>,
    /// Variables of the environment for this command alone.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// What is typed.
    #[serde(default)]
    pub input: String,
    /// Run the command as it stands, without the flags that make it easy to compare.
    #[serde(default)]
    pub raw: bool,
    /// Which change comes before which other one, each `VERB NAME < VERB NAME`.
    #[serde(default)]
    pub order: Vec<String>,
    /// How the command ends.
    #[serde(default)]
    pub exit: i32,
    /// What the command says, in its messages or its output; white space is all the same.
    #[serde(default)]
    pub says: Vec<String>,
}

/// Why a case cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct CaseError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
}

impl Case {
    /// Reads a folder.
    pub fn read(directory: &Path) -> Result<Case, CaseError> {
        let path = directory.join("case.json");
        let wrong = |reason: String| CaseError { path: path.clone(), reason };
        let text = std::fs::read_to_string(&path).map_err(|problem| wrong(problem.to_string()))?;
        let file: CaseFile = serde_json::from_str(&text).map_err(|problem| wrong(problem.to_string()))?;
        Ok(Case {
            name: directory.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            directory: directory.to_owned(),
            about: file.about,
            covers: file.covers,
            installation: file.installation,
            environment: file.environment,
            by_chance: file.by_chance,
            steps: file.steps,
        })
    }

    /// Reads every folder of a corpus, sorted by name.
    pub fn read_all(corpus: &Path) -> Result<Vec<Case>, CaseError> {
        let wrong =
            |problem: std::io::Error| CaseError { path: corpus.to_owned(), reason: problem.to_string() };
        let mut directories = Vec::new();
        for entry in std::fs::read_dir(corpus).map_err(wrong)? {
            let path = entry.map_err(wrong)?.path();
            if path.is_dir() {
                directories.push(path);
            }
        }
        directories.sort();
        directories.iter().map(|directory| Case::read(directory)).collect()
    }

    /// Folders that steps copy, which are no part of the first configuration.
    pub(crate) fn is_overlay(&self, path: &Path) -> bool {
        self.steps
            .iter()
            .filter_map(|step| step.overlay.as_deref())
            .any(|overlay| self.directory.join(overlay) == path)
    }
}
