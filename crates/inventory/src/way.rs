//! How a host is reached.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use plumb_ssh::Secret;

/// How a host is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Over SSH.
    Ssh(Box<SshWay>),
    /// It is this machine.
    Local,
    /// It is a container that runs on this machine.
    Container {
        /// Who runs it.
        engine: Engine,
        /// Its name or identifier.
        name: String,
    },
    /// It is a directory of this machine that is a system of its own.
    Chroot {
        /// The directory.
        directory: PathBuf,
    },
}

/// Programs that run containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `docker`.
    Docker,
    /// `podman`.
    Podman,
}

impl Engine {
    /// The program.
    pub fn program(self) -> &'static str {
        match self {
            Engine::Docker => "docker",
            Engine::Podman => "podman",
        }
    }
}

/// What is stated of the way over SSH. What is not stated is up to `ssh_config` files and defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SshWay {
    /// The name or address to connect to; without one it is the name of the host.
    pub hostname: Option<String>,
    /// The port that the SSH server listens on.
    pub port: Option<u16>,
    /// Who the user is there.
    pub user: Option<String>,
    /// Files with private keys.
    pub identity_files: Vec<PathBuf>,
    /// What decrypts them.
    pub key_passphrase: Option<Secret>,
    /// The user's password.
    pub password: Option<Secret>,
    /// Hosts that the connection goes through, the nearest first.
    pub jumps: Vec<Jump>,
    /// The `ssh_config` file to use in the place of the user's own.
    pub config_file: Option<PathBuf>,
    /// Files of known hosts to use in the place of the user's own.
    pub known_hosts: Vec<PathBuf>,
    /// Which hosts are taken for what they say they are.
    pub host_key_checking: Option<HostKeyChecking>,
    /// How often to try again where nobody answers.
    pub connect_retries: Option<u32>,
    /// How long to wait before that.
    pub connect_retry_delay: Option<Duration>,
    /// How long to wait for an answer.
    pub connect_timeout: Option<Duration>,
}

/// A host that a connection goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    /// The name or address of it.
    pub hostname: String,
    /// The port that its SSH server listens on.
    pub port: Option<u16>,
    /// Who the user is there.
    pub user: Option<String>,
}

/// Which hosts are taken for what they say they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKeyChecking {
    /// Those that are known.
    Strict,
    /// Those that are known, and those of which nothing is known.
    AcceptNew,
    /// All.
    Off,
}

impl fmt::Display for Jump {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_address(formatter, self.user.as_deref(), &self.hostname, self.port)
    }
}

impl Way {
    /// The way to the host of that name in a few words, without secrets.
    pub fn described(&self, name: &str) -> String {
        match self {
            Way::Local => "this machine".to_owned(),
            Way::Container { engine, name } => format!("{} container {name}", engine.program()),
            Way::Chroot { directory } => format!("chroot {}", directory.display()),
            Way::Ssh(way) => format!("ssh {}", Destination { name, way }),
        }
    }
}

struct Destination<'a> {
    name: &'a str,
    way: &'a SshWay,
}

impl fmt::Display for Destination<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = self.way;
        let hostname = way.hostname.as_deref().unwrap_or(self.name);
        write_address(formatter, way.user.as_deref(), hostname, way.port)?;
        let mut jumps = way.jumps.iter();
        if let Some(first) = jumps.next() {
            write!(formatter, " through {first}")?;
        }
        jumps.try_for_each(|jump| write!(formatter, ", {jump}"))
    }
}

fn write_address(
    formatter: &mut fmt::Formatter<'_>,
    user: Option<&str>,
    hostname: &str,
    port: Option<u16>,
) -> fmt::Result {
    if let Some(user) = user {
        write!(formatter, "{user}@")?;
    }
    match port {
        Some(port) if hostname.contains(':') => write!(formatter, "[{hostname}]:{port}"),
        Some(port) => write!(formatter, "{hostname}:{port}"),
        None => formatter.write_str(hostname),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_described_without_secrets() {
        let jump = |hostname: &str| Jump { hostname: hostname.to_owned(), port: None, user: None };
        let way = Way::Ssh(Box::new(SshWay {
            hostname: Some("2001:db8::1".to_owned()),
            port: Some(2222),
            user: Some("deploy".to_owned()),
            password: Some(Secret::new("hunter2")),
            jumps: vec![jump("a"), jump("b")],
            ..SshWay::default()
        }));
        assert_eq!(way.described("web1"), "ssh deploy@[2001:db8::1]:2222 through a, b");
        assert!(!format!("{way:?}").contains("hunter2"));
        assert_eq!(Way::Ssh(Box::default()).described("web1"), "ssh web1");
    }
}
