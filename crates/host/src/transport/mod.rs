//! Ways to a host.
//!
//! All of them come to the same: a program is started there, takes bytes, says bytes in two streams, and
//! ends.

mod local;
mod ssh;

use async_trait::async_trait;
use bytes::Bytes;
pub use plumb_ssh::Exit;

pub use local::Local;
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
}

/// A host cannot be spoken with.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{host}: {why}")]
pub struct TransportError {
    /// The host.
    pub host: String,
    /// What went wrong, in words for people.
    pub why: String,
}
