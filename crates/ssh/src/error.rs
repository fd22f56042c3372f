//! What can go wrong between two machines.

use std::path::PathBuf;

use crate::key::WrongKey;

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
    /// A program that connections go through does not let anybody through.
    #[error("the proxy command {command} did not connect to {target}: {why}")]
    ProxyCommand {
        /// The program and its arguments.
        command: String,
        /// Where the connection was to go.
        target: String,
        /// How it ended, and what it said.
        why: String,
    },
    /// Somebody takes the connection, and does not speak SSH.
    #[error("{address} does not speak SSH: {why}")]
    NoSsh {
        /// Name and port.
        address: String,
        /// What it says instead.
        why: String,
    },
    /// Somebody takes the connection, and then says nothing for too long.
    #[error("{address} does not answer: {stage} took longer than {seconds} seconds")]
    Silent {
        /// Name and port.
        address: String,
        /// What did not come to an end.
        stage: &'static str,
        /// How long it was waited for.
        seconds: u64,
    },
    /// What goes wrong on the way, at a host in between.
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
        /// The same as names of methods, as far as the host has said it.
        accepted: Vec<String>,
    },
    /// The host takes a key that cannot be used.
    #[error("{address} would let the user {user} in by {key}, which cannot be used: {why}")]
    UnusableKey {
        /// Name and port.
        address: String,
        /// Who wanted to get in.
        user: String,
        /// Which key.
        key: String,
        /// What is wrong with it.
        why: WrongKey,
    },
    /// A file of this machine holds no key that could be used.
    #[error("{} cannot be used as a key: {why}", path.display())]
    WrongKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: WrongKey,
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

impl Error {
    /// Whether both sides know no way to encrypt, or to agree on keys, in common.
    pub fn has_nothing_in_common(&self) -> bool {
        match self {
            Error::Bastion { source, .. } => source.has_nothing_in_common(),
            Error::Protocol(russh::Error::NoCommonAlgo { .. }) => true,
            _ => false,
        }
    }
}

impl From<russh::SendError> for Error {
    fn from(_: russh::SendError) -> Self {
        Error::Protocol(russh::Error::SendError)
    }
}
