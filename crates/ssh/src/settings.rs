//! What a connection is made of.

use std::path::PathBuf;

use crate::key::Identity;
use crate::secret::Secret;
use crate::trust::Trust;

/// Where to go, on which way, and as whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where commands are to run.
    pub host: Host,
    /// A host that the connection goes through.
    pub bastion: Option<Host>,
    /// What the first connection, to the bastion if there is one, goes through.
    pub proxy: Option<Proxy>,
    /// Who holds keys for the user, and signs for programs on the host as well.
    pub agent: Option<Agent>,
}

/// A host with everything that it wants to know, and that is to be known of it.
#[derive(Clone, Debug)]
pub struct Host {
    /// A name or an address, without brackets.
    pub name: String,
    /// The port that its SSH server listens on.
    pub port: u16,
    /// Who the user is there.
    pub user: String,
    /// What proves that.
    pub identity: Option<Identity>,
    /// What else proves it.
    pub password: Option<Secret>,
    /// What the host has to prove.
    pub trust: Trust,
}

/// An SSH agent.
#[derive(Clone, Debug)]
pub struct Agent {
    /// The socket that it listens on.
    pub socket: PathBuf,
    /// Which of its keys comes first: a comment, the end of one, or a file with the key or its public half.
    pub identity: Option<String>,
}

/// A server that connections go through.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// How it is spoken to.
    pub scheme: ProxyScheme,
    /// A name or an address, without brackets.
    pub name: String,
    /// The port that it listens on.
    pub port: u16,
    /// Who the user is there; empty where it does not want to know.
    pub user: String,
    /// What proves that.
    pub password: Secret,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyScheme {
    /// HTTP's `CONNECT`.
    Http,
    /// SOCKS, version 5.
    Socks5,
}

/// A name with a port, as it is written: addresses of version 6 go into brackets.
pub(crate) fn address(name: &str, port: u16) -> String {
    if name.contains(':') { format!("[{name}]:{port}") } else { format!("{name}:{port}") }
}

impl Host {
    /// Name and port.
    pub fn address(&self) -> String {
        address(&self.name, self.port)
    }
}

impl Proxy {
    /// Name and port.
    pub(crate) fn address(&self) -> String {
        address(&self.name, self.port)
    }
}
