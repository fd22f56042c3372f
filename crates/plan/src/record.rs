//! What ties a plan to the world that it was made in.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use plumb_value::Value;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, written as 64 hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub String);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts([bytes])
    }

    /// The digest of what `write` writes, which is never in memory as a whole.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn of_written<E>(write: impl FnOnce(&mut dyn io::Write) -> Result<(), E>) -> Result<Self, E> {
        let mut hasher = Hasher(Sha256::new());
        write(&mut hasher)?;
        Ok(Digest::finish(hasher.0))
    }

    /// The digest of several pieces, each with its length, so that no two lists of pieces that
    /// differ have the same digest.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Digest::finish(hasher)
    }

    fn finish(hasher: Sha256) -> Self {
        use fmt::Write as _;
        let mut text = String::with_capacity(64);
        for byte in hasher.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Digest(text)
    }
}

struct Hasher(Sha256);

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Everything that a plan was made from. Applying refuses a plan whose record no longer matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// Commit of the configuration, where it is in a git repository.
    pub commit: Option<String>,
    /// Digest of every file of the configuration.
    pub configuration: Digest,
    /// Digest of the values of all input variables, those aside that must not be stored.
    pub variables: Digest,
    /// Digest of each provider's package by address, built-ins by their version.
    pub providers: BTreeMap<String, String>,
    /// Lineage of the state; empty where there was none.
    pub lineage: String,
    /// Serial of the state.
    pub serial: u64,
    /// Workspace that the state belongs to.
    pub workspace: String,
    /// Digest of the plan itself.
    pub plan: Digest,
    /// When the plan was made, in RFC 3339 form.
    pub timestamp: String,
    /// Who made the plan, as `user@host`.
    pub author: String,
}

/// The value of an input variable of the root module.
#[derive(Clone, Debug)]
pub struct VariableValue {
    /// The value, converted to the variable's type; marks on.
    pub value: Value,
    /// What was given, where that was something else than the value: machine-readable plans repeat
    /// what was said.
    pub given: Option<Value>,
    /// Whether it came from the variable's default.
    pub is_default: bool,
    /// Whether the variable must not be stored: then the value is not in a saved plan.
    pub ephemeral: bool,
    /// Its name.
    pub name: Arc<str>,
}
