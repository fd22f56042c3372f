//! Why a shell could not be used.

use crate::transport::{Exit, TransportError, TransportErrorKind};

/// Why a shell could not be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ShellError {
    /// The host cannot be spoken with.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// It never became a shell.
    #[error("{host}: there is no shell to be had {}: {}{}", login, exit.describe(), after_colon(.said))]
    NoShell {
        /// The host.
        host: String,
        /// As whom, and how.
        login: String,
        /// How what was started ended.
        exit: Exit,
        /// What was said instead.
        said: String,
    },
    /// Somebody else's password was asked for, and none is known, or it is wrong.
    #[error("{host}: the password for {login} is {}", if *.is_wrong { "not accepted" } else { "asked for, and none is given" })]
    Password {
        /// The host.
        host: String,
        /// As whom, and how.
        login: String,
        /// Whether one was given.
        is_wrong: bool,
    },
    /// It ended while something was to be done.
    #[error("{host}: the shell ended in the middle of request {}: {}{}", at + 1, exit.describe(), after_colon(.said))]
    Ended {
        /// The host.
        host: String,
        /// Which of the requests has no reply; nobody knows how much of it was done.
        at: usize,
        /// How it ended.
        exit: Exit,
        /// The last of what it said.
        said: String,
    },
    /// The way to the host was lost while something was to be done. Another connection may be had.
    #[error("{error}, in the middle of request {}", at + 1)]
    Lost {
        /// Which of the requests has no reply; nobody knows how much of it was done, or whether it still goes
        /// on.
        at: usize,
        /// What became of the way.
        error: TransportError,
    },
    /// It was left in the middle of something, and cannot be used any more.
    #[error("{host}: its shell was left in the middle of something")]
    Abandoned {
        /// The host.
        host: String,
    },
}

impl ShellError {
    /// Whether the way to the host was lost, so that a new connection may help: nothing that was started on
    /// the host has ended by itself.
    pub fn is_lost(&self) -> bool {
        match self {
            ShellError::Lost { .. } => true,
            ShellError::Transport(error) => error.kind == TransportErrorKind::Lost,
            _ => false,
        }
    }
}

fn after_colon(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
