//! What is asked about a host, and where.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use plumb_ssh::Secret;

/// A host, and what is stated of it on top of what files say.
#[derive(Clone, Debug, Default)]
pub struct Destination {
    /// The name that files know it by, perhaps with a user and `@` before it.
    pub host: String,
    /// Who the user is there.
    pub user: Option<String>,
    /// The port that its SSH server listens on.
    pub port: Option<u16>,
    /// Files with keys that are tried before all others. Each of them must be there.
    pub identity_files: Vec<PathBuf>,
    /// What opens keys that are encrypted, of hosts on the way as well.
    pub passphrase: Option<Secret>,
    /// The user's password.
    pub password: Option<Secret>,
    /// The file to read instead of the user's and the system's.
    pub config_file: Option<PathBuf>,
    /// What hosts have to prove, those on the way included.
    pub policy: Option<Policy>,
    /// Files of known hosts to read instead of the user's; new ones are written to the first.
    pub known_hosts_files: Vec<PathBuf>,
    /// Hosts to go through as `ProxyJump` has them, or `none`.
    pub jump: Option<String>,
    /// How long to wait for the host to answer.
    pub connect_timeout: Option<Duration>,
    /// How long a host may say nothing before it is asked whether it is still there.
    pub keepalive: Option<Duration>,
    /// Whether programs on the host may use the agent.
    pub forward_agent: Option<bool>,
    /// More options, such as `Compression=yes`.
    pub options: Vec<String>,
}

impl Destination {
    /// What files alone say.
    pub fn of(host: impl Into<String>) -> Self {
        Destination { host: host.into(), ..Destination::default() }
    }

    /// What `ssh` is asked of it, but for its name, and which user and port it is: where files say the same of
    /// all hosts, what is told of one with the same kind is told of all.
    pub(crate) fn kind(&self) -> Vec<String> {
        let (user, port) = (self.user.as_ref().map(|_| String::new()), self.port.map(|_| 0));
        Destination { user, port, ..self.clone() }.arguments()
    }

    /// Arguments of `ssh` that state the same, apart from the host. Secrets are not among them.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut add = |option: &str, value: String| arguments.extend([option.to_owned(), value]);
        if let Some(file) = &self.config_file {
            add("-F", file.display().to_string());
        }
        for file in &self.identity_files {
            // It is a path, and not a pattern for one.
            add("-i", file.display().to_string().replace('%', "%%"));
        }
        if let Some(user) = &self.user {
            add("-l", user.clone());
        }
        if let Some(port) = self.port {
            add("-p", port.to_string());
        }
        if let Some(jump) = &self.jump {
            add("-J", jump.clone());
        }
        if let Some(policy) = self.policy {
            add("-o", format!("StrictHostKeyChecking={}", policy.as_option()));
        }
        if !self.known_hosts_files.is_empty() {
            let files = self.known_hosts_files.iter();
            let quoted = files.map(|file| format!("\"{}\"", file.display().to_string().replace('%', "%%")));
            add("-o", format!("UserKnownHostsFile={}", quoted.collect::<Vec<_>>().join(" ")));
        }
        if let Some(wait) = self.connect_timeout {
            add("-o", format!("ConnectTimeout={}", wait.as_secs().max(1)));
        }
        if let Some(wait) = self.keepalive {
            add("-o", format!("ServerAliveInterval={}", wait.as_secs().max(1)));
        }
        if let Some(forwards) = self.forward_agent {
            add("-o", format!("ForwardAgent={}", if forwards { "yes" } else { "no" }));
        }
        for option in &self.options {
            add("-o", option.clone());
        }
        arguments
    }
}

/// What a host has to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// That it is known.
    Strict,
    /// That it is known, unless nothing is known of it: then it is from now on.
    AcceptNew,
    /// Nothing.
    Off,
}

impl Policy {
    pub(crate) fn as_option(self) -> &'static str {
        match self {
            Policy::Strict => "yes",
            Policy::AcceptNew => "accept-new",
            Policy::Off => "no",
        }
    }

    /// What `StrictHostKeyChecking` means where nobody can be asked.
    pub(crate) fn of_option(value: &str) -> Self {
        match value {
            "accept-new" => Policy::AcceptNew,
            "no" | "off" | "false" => Policy::Off,
            _ => Policy::Strict,
        }
    }
}

/// Who asks, and where.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// All variables of the environment: `PATH` and `SSH_AUTH_SOCK` among them.
    pub environment: HashMap<String, String>,
    /// The user's home.
    pub home: PathBuf,
    /// Who the user is on this machine.
    pub user: String,
    /// The user's number on this machine.
    pub user_id: Option<u32>,
    /// This machine's name.
    pub host_name: Option<String>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Variables may be secret.
        out.debug_struct("Surroundings")
            .field("home", &self.home)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Surroundings {
    /// A variable that is not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
