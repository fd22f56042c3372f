//! What a connection is made of.

use std::path::PathBuf;
use std::time::Duration;

use crate::key::Identity;
use crate::secret::Secret;
use crate::trust::Trust;

/// Where to go, on which way, and as whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where commands are to run.
    pub host: Host,
    /// Hosts that the connection goes through, in this order.
    pub jumps: Vec<Host>,
    /// What the first connection, to the first of the jumps if there is one, goes through.
    pub through: Option<Through>,
    /// The socket of an agent that programs on the host may use.
    pub forwarded_agent: Option<PathBuf>,
}

impl Settings {
    /// Straight to a host.
    pub fn straight(host: Host) -> Self {
        Settings { host, jumps: Vec::new(), through: None, forwarded_agent: None }
    }
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
    /// What proves that: keys, in the order in which they are tried.
    pub identities: Vec<Identity>,
    /// Who holds more keys for the user.
    pub agent: Option<Agent>,
    /// What else proves it.
    pub password: Option<Secret>,
    /// What the host has to prove.
    pub trust: Trust,
    /// The name that known hosts have it by, where that is another one.
    pub known_as: Option<String>,
    /// How long it is waited for.
    pub patience: Patience,
}

impl Host {
    /// A host that has nothing to prove, and a user who has nothing to show.
    pub fn new(name: impl Into<String>, port: u16, user: impl Into<String>) -> Self {
        Host {
            name: name.into(),
            port,
            user: user.into(),
            identities: Vec::new(),
            agent: None,
            password: None,
            trust: Trust::Anyone,
            known_as: None,
            patience: Patience::default(),
        }
    }

    /// Name and port.
    pub fn address(&self) -> String {
        address(&self.name, self.port)
    }

    /// Name and port by which known hosts have it.
    pub(crate) fn known_as(&self) -> (&str, u16) {
        match &self.known_as {
            // Another name is one without a port.
            Some(name) => (name, crate::known_hosts::USUAL_PORT),
            None => (&self.name, self.port),
        }
    }
}

/// How long a host is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From the first packet until both sides have a key.
    pub connect: Duration,
    /// A host that says nothing for so long is asked whether it is still there; never if there is none.
    pub keepalive: Option<Duration>,
    /// So many questions may go unanswered before it is given up.
    pub keepalives_max: usize,
}

impl Default for Patience {
    /// A connection that is dead is given up after two minutes.
    fn default() -> Self {
        let connect = Duration::from_secs(15);
        Patience { connect, keepalive: Some(Duration::from_secs(15)), keepalives_max: 8 }
    }
}

/// An SSH agent.
#[derive(Clone, Debug)]
pub struct Agent {
    /// The socket that it listens on.
    pub socket: PathBuf,
    /// Which of its keys comes first: a comment, the end of one, or a file with the key or its public half.
    pub identity: Option<String>,
    /// Whether none of its keys is shown but those that the host's identities name.
    pub named_only: bool,
}

impl Agent {
    /// An agent all of whose keys are shown.
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Agent { socket: socket.into(), identity: None, named_only: false }
    }
}

/// What the first connection goes through.
#[derive(Clone, Debug)]
pub enum Through {
    /// A server.
    Proxy(Proxy),
    /// A program of this machine.
    Command(ProxyCommand),
}

/// A program of this machine whose standard input and output are the connection.
#[derive(Clone)]
pub struct ProxyCommand {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables that it is given on top of those of this process.
    pub environment: Vec<(String, String)>,
}

impl std::fmt::Debug for ProxyCommand {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Variables may be secret.
        let mut shown = out.debug_struct("ProxyCommand");
        shown.field("program", &self.program).field("arguments", &self.arguments).finish_non_exhaustive()
    }
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

impl Proxy {
    /// Name and port.
    pub(crate) fn address(&self) -> String {
        address(&self.name, self.port)
    }
}
