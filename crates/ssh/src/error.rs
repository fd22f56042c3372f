//! What can go wrong between two machines.

use std::path::PathBuf;

/// Why a connection was not made, or what came between.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers.
    #[error("{address} cannot be reached: {source}")]
    Unreachable {
        /// Name and port.
        address: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A proxy does not let anybody through.
    #[error("the proxy {address} did not connect to {target}: {why}")]
    Proxy {
        /// The proxy's name and port.
        address: String,
        /// Where the connection was to go.
        target: String,
        /// What it said.
        why: String,
    },
    /// What goes wrong on the way, at the host in between.
    #[error("the bastion host {address}: {source}")]
    Bastion {
        /// Its name and port.
        address: String,
        /// What went wrong.
        source: Box<Error>,
    },
    /// It is not the host that it should be.
    #[error("{address} is not the host that is expected: {why}")]
    WrongHost {
        /// Name and port.
        address: String,
        /// What it showed, and what was expected.
        why: String,
    },
    /// The host did not believe it.
    #[error("{address} does not let the user {user} in: {why}")]
    NotLetIn {
        /// Name and port.
        address: String,
        /// Who wanted to get in.
        user: String,
        /// What was tried, and what the host accepts.
        why: String,
    },
    /// The agent does not help.
    #[error("the SSH agent at {}: {why}", socket.display())]
    Agent {
        /// Its socket.
        socket: PathBuf,
        /// What went wrong.
        why: String,
    },
    /// The connection is gone.
    #[error("the connection to {address} was lost{why}")]
    Lost {
        /// Name and port.
        address: String,
        /// What is known of it, after a colon.
        why: String,
    },
    /// The host refused to start a command.
    #[error("{address} refused to start a command")]
    NotStarted {
        /// Name and port.
        address: String,
    },
    /// There is no `scp` on the host.
    #[error(
        "there is no scp on {address}, which files are written with: install OpenSSH's client programs there"
    )]
    NoScp {
        /// Name and port.
        address: String,
    },
    /// A file was not written.
    #[error("{address} did not write {path}: {why}")]
    NotWritten {
        /// Name and port.
        address: String,
        /// The file or directory on the host.
        path: String,
        /// What it said.
        why: String,
    },
    /// A file of this machine cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of this machine cannot be sent.
    #[error("{} cannot be sent: {why}", path.display())]
    NotSendable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// What is said does not follow the protocol, or cannot be understood.
    #[error(transparent)]
    Protocol(#[from] russh::Error),
}

impl From<russh::SendError> for Error {
    fn from(_: russh::SendError) -> Self {
        Error::Protocol(russh::Error::SendError)
    }
}
