//! Who holds a state's lock, in the form that all tools of this kind write it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a holder of a lock tells others about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LockInfo {
    /// Made up for this lock; breaking the lock asks for it.
    #[serde(rename = "ID")]
    pub id: String,
    /// The command, such as `OperationTypeApply`.
    pub operation: String,
    /// Anything else.
    pub info: String,
    /// `user@host`.
    pub who: String,
    /// Version of the program.
    pub version: String,
    /// When, as RFC 3339 with fractions of a second, UTC.
    pub created: String,
    /// The state that is locked.
    pub path: String,
}

impl LockInfo {
    /// Reads what another wrote. Missing fields stay empty.
    pub fn from_json(text: &[u8]) -> Option<LockInfo> {
        serde_json::from_slice(text).ok()
    }

    /// As it is written for others to read.
    pub fn to_json(&self) -> String {
        // Plain strings always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The command in words for people: `apply` for `OperationTypeApply`.
    pub fn command(&self) -> String {
        let short = self.operation.strip_prefix("OperationType").unwrap_or(&self.operation);
        let mut words = String::new();
        for character in short.chars() {
            // `OperationTypeRefreshState` is two words.
            if character.is_ascii_uppercase() && !words.is_empty() && !words.ends_with(['-', ' ']) {
                words.push(' ');
            }
            words.push(character.to_ascii_lowercase());
        }
        words
    }
}

/// The block of lines that error messages show and that other programs look for.
impl fmt::Display for LockInfo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "Lock Info:")?;
        let fields = [
            ("ID", &self.id),
            ("Path", &self.path),
            ("Operation", &self.operation),
            ("Who", &self.who),
            ("Version", &self.version),
            ("Created", &self.created),
            ("Info", &self.info),
        ];
        for (name, value) in fields {
            writeln!(out, "{}", format!("  {:<11}{value}", format!("{name}:")).trim_end())?;
        }
        Ok(())
    }
}
