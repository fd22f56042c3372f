//! Ways to a host.
//!
//! All of them come to the same: a program is started there, takes bytes, says bytes in two streams, and
//! ends.

mod local;
mod open_ssh;
mod ssh;

use async_trait::async_trait;
use bytes::Bytes;
pub use plumb_ssh::Exit;

pub use local::Local;
pub use open_ssh::OpenSsh;
pub use ssh::Ssh;

/// A way to a host.
#[async_trait]
pub trait Transport: Send + Sync {
    /// The host, as messages name it.
    fn host(&self) -> &str;

    /// Starts a command line; whatever shell the user has there takes it apart, so that it must mean the
    /// same to all of them.
    async fn start(&self, line: &str) -> Result<Program, TransportError>;
}

/// A program on a host.
pub struct Program {
    /// Its standard input.
    pub input: Box<dyn Input>,
    /// What it says.
    pub output: Box<dyn Output>,
}

/// The standard input of a program. It ends when this is dropped.
#[async_trait]
pub trait Input: Send {
    /// Sends bytes; waits while the program takes no more.
    async fn send(&mut self, bytes: Bytes) -> Result<(), TransportError>;
}

/// What a program says.
#[async_trait]
pub trait Output: Send {
    /// What comes next; nothing once all has been said. It may be asked anew after it was interrupted.
    async fn next(&mut self) -> Option<Said>;
}

/// What comes of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// On its standard output.
    Output(Bytes),
    /// On its standard error.
    Errors(Bytes),
    /// How it ended.
    Ended(Exit),
    /// There is no way to the host any more; nobody knows what becomes of the program.
    Lost(TransportError),
}

/// A host cannot be spoken with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host}: {why}")]
pub struct TransportError {
    /// The host.
    pub host: String,
    /// What went wrong, in words for people.
    pub why: String,
    /// What to make of it.
    pub kind: TransportErrorKind,
}

/// What to make of it that a host cannot be spoken with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// What is to be started cannot be: the same would come of it once more.
    NotStarted,
    /// The way to the host that was there is gone: another connection may be had.
    Lost,
}

impl TransportError {
    /// What is to be started on a host cannot be.
    pub fn not_started(host: impl Into<String>, why: impl Into<String>) -> Self {
        TransportError { host: host.into(), why: why.into(), kind: TransportErrorKind::NotStarted }
    }

    /// The way to a host is gone.
    pub fn lost(host: impl Into<String>, why: impl Into<String>) -> Self {
        TransportError { host: host.into(), why: why.into(), kind: TransportErrorKind::Lost }
    }
}
