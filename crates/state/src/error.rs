//! What can go wrong where state is kept, and what to tell the user.

use std::sync::Arc;

use plumb_diagnostics::Diagnostic;

use crate::{LockInfo, StateFileError, Version};

/// Why a state could not be read, written or locked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BackendError {
    /// Another holds the lock.
    #[error("the state {place} is locked by {}", holder(.info.as_deref()))]
    Locked {
        /// The state.
        place: String,
        /// Who holds it, where that is known.
        info: Option<Box<LockInfo>>,
        /// What the system said.
        cause: String,
    },
    /// The lock was held and no longer is.
    #[error("the lock on the state {place} was lost: {cause}")]
    LockLost {
        /// The state.
        place: String,
        /// How that was noticed.
        cause: String,
    },
    /// A lock was to be broken that is not there.
    #[error("no lock with identifier {id} on the state {place}: {cause}")]
    NoSuchLock {
        /// The state.
        place: String,
        /// The lock that was asked for.
        id: String,
        /// What is there instead.
        cause: String,
    },
    /// The place holds another version than the one that a change was made from.
    #[error("the state {place} was changed by someone else")]
    Moved {
        /// The state.
        place: String,
        /// What the change was made from; `None` for nothing.
        expected: Option<Version>,
        /// What is there; `None` for nothing.
        found: Option<Version>,
    },
    /// A version was to be pushed over one that it does not follow from.
    #[error("cannot replace the state {place}: {cause}")]
    Unrelated {
        /// The state.
        place: String,
        /// In which way it does not follow.
        cause: String,
    },
    /// What is stored cannot be read.
    #[error("the state {place} cannot be used: {error}")]
    Format {
        /// The state.
        place: String,
        /// What is wrong with it.
        error: StateFileError,
        /// Where an older version is kept, if there is one.
        backup: Option<String>,
    },
    /// The disk, or whatever keeps the state, refused.
    #[error("cannot {action} {place}: {cause}")]
    Storage {
        /// What was tried, such as `write`.
        action: &'static str,
        /// Which file or address.
        place: String,
        /// What the system said.
        cause: Arc<str>,
        /// What to do about it.
        advice: String,
    },
    /// A workspace that cannot be had or made.
    #[error("workspace {name:?}: {cause}")]
    Workspace {
        /// The workspace.
        name: String,
        /// Why not.
        cause: String,
    },
}

fn holder(info: Option<&LockInfo>) -> &str {
    info.map_or("someone unknown", |info| &info.who)
}

impl BackendError {
    /// What to tell the user.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            BackendError::Locked { place, info, cause } => locked(place, info.as_deref(), cause),
            BackendError::LockLost { place, cause } => Diagnostic::error(
                "State lock lost",
                format!(
                    "This run held the lock on the state {place} and no longer does: {cause}.\n\nIt stops before \
                     the next step, for another run may have begun. What has been done so far is recorded. Find \
                     out what took the lock, then run the command again."
                ),
            ),
            BackendError::NoSuchLock { place, id, cause } => Diagnostic::error(
                "Failed to unlock state",
                format!(
                    "The state {place} has no lock with the identifier {id:?} that could be broken: {cause}."
                ),
            ),
            BackendError::Moved { place, expected, found } => moved(place, expected.as_ref(), found.as_ref()),
            BackendError::Unrelated { place, cause } => Diagnostic::error(
                "Failed to write state",
                format!("The state {place} stays as it is: {cause}."),
            ),
            BackendError::Format { place, error, backup } => error.diagnostic(place, backup.as_deref()),
            BackendError::Storage { action, place, cause, advice } => Diagnostic::error(
                format!("Failed to {action} state"),
                format!(
                    "Cannot {action} {place}: {cause}.{}{advice}",
                    if advice.is_empty() { "" } else { "\n\n" }
                ),
            ),
            BackendError::Workspace { name, cause } => {
                Diagnostic::error("Invalid workspace", format!("Workspace {name:?}: {cause}."))
            }
        }
    }
}

fn locked(place: &str, info: Option<&LockInfo>, cause: &str) -> Diagnostic {
    let Some(info) = info else {
        return Diagnostic::error(
            "Error acquiring the state lock",
            format!(
                "Error message: {cause}\n\nThe state {place} is in use by another process, which has not said who \
                 it is. Wait until it is done, or use the option \"-lock-timeout\" to wait here."
            ),
        );
    };
    Diagnostic::error(
        "Error acquiring the state lock",
        format!(
            "Error message: {cause}\n{info}\nThe state {place} is in use: {} has been running {:?} on it since {}, \
             and two runs on one state would undo each other's work. Wait until that is done, or use the option \
             \"-lock-timeout=5m\" to wait here. If you are sure that it no longer runs, break its lock with \
             \"force-unlock {}\".",
            if info.who.is_empty() { "someone" } else { &info.who },
            info.command(),
            if info.created.is_empty() { "an unknown time" } else { &info.created },
            info.id,
        ),
    )
}

fn moved(place: &str, expected: Option<&Version>, found: Option<&Version>) -> Diagnostic {
    let name = |version: Option<&Version>| match version {
        None => "nothing at all".to_owned(),
        Some(version) => format!("serial {} of lineage {:?}", version.serial, version.lineage),
    };
    Diagnostic::error(
        "State changed meanwhile",
        format!(
            "The state {place} holds {}, but this change was made from {}: something else wrote it meanwhile. It \
             stays as it is, and so nobody's work is lost. Run the command again.",
            name(found),
            name(expected),
        ),
    )
}
