//! Why an attempt to connect came to nothing, and what to do about it.

use std::io::ErrorKind;

use plumb_ssh::Error;

use crate::settings::SettingsError;

/// Why an attempt to connect came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What to make of it.
    pub kind: FailureKind,
    /// What went wrong, in words for people.
    pub why: String,
}

/// What to make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// It is not known how to reach the host, or what is stated of it makes no sense.
    Settings,
    /// Its name stands for no address.
    UnknownName,
    /// Nobody listens on its port.
    Refused,
    /// It does not answer in time.
    TimedOut,
    /// There is no way to it.
    Unreachable,
    /// What answers does not speak SSH.
    NotSsh,
    /// The connection ended while it was being made.
    Lost,
    /// What the connection goes through does not let it through.
    Proxy,
    /// It is not the host that it should be.
    WrongHost,
    /// It does not let the user in.
    NotLetIn,
    /// It would, by a key that cannot be used.
    Key,
    /// Both sides do not understand each other.
    Protocol,
    /// OpenSSH's program does not do what it should.
    Program,
}

impl FailureKind {
    /// Whether another attempt may come to something else.
    pub fn may_change(self) -> bool {
        match self {
            FailureKind::UnknownName
            | FailureKind::Refused
            | FailureKind::TimedOut
            | FailureKind::Unreachable
            | FailureKind::NotSsh
            | FailureKind::Lost
            | FailureKind::Proxy => true,
            FailureKind::Settings
            | FailureKind::WrongHost
            | FailureKind::NotLetIn
            | FailureKind::Key
            | FailureKind::Protocol
            | FailureKind::Program => false,
        }
    }

    /// What to do next, if that is not part of what went wrong.
    pub fn advice(self) -> Option<&'static str> {
        Some(match self {
            FailureKind::UnknownName => "Check its name, or state its address as HostName in ~/.ssh/config",
            FailureKind::Refused => {
                "Check the port, and that the SSH server runs there; a machine that starts may need more attempts"
            }
            FailureKind::TimedOut => {
                "Check that it runs, and that no firewall is in between; a slow one needs a longer timeout"
            }
            FailureKind::Unreachable => "Check its address, and the network in between",
            FailureKind::NotSsh => {
                "Check the port; a server of SSH says this, too, when it turns away who comes too often"
            }
            FailureKind::Lost => "The log of the server may say why: journalctl -u ssh, or -u sshd",
            FailureKind::Proxy => "Try the same by hand, with ssh -v",
            FailureKind::NotLetIn => {
                "Check the user, and which keys there are: ssh -v shows what OpenSSH's program would do"
            }
            FailureKind::WrongHost => {
                "A host that is new is taken where new hosts are accepted (StrictHostKeyChecking accept-new), or once \
                 it was reached with ssh by hand"
            }
            FailureKind::Key => {
                "A passphrase may be stated, as ssh_key_passphrase in an inventory and as private_key_passphrase in a \
                 configuration"
            }
            FailureKind::Protocol => {
                "OpenSSH's program may be used instead, and ssh -v shows what both sides know"
            }
            FailureKind::Settings | FailureKind::Program => return None,
        })
    }
}

impl Failure {
    pub(crate) fn of(error: &Error) -> Self {
        Failure { kind: kind(error), why: error.to_string() }
    }

    pub(crate) fn of_settings(error: &SettingsError) -> Self {
        Failure { kind: FailureKind::Settings, why: error.to_string() }
    }

    /// What OpenSSH's program says of itself.
    pub(crate) fn of_program(why: String) -> Self {
        let says = |text: &str| why.contains(text);
        let kind = if says("Permission denied") || says("Too many authentication failures") {
            FailureKind::NotLetIn
        } else if says("Host key verification failed") || says("HOST IDENTIFICATION HAS CHANGED") {
            FailureKind::WrongHost
        } else if says("Could not resolve hostname") {
            FailureKind::UnknownName
        } else if says("Connection refused") {
            FailureKind::Refused
        } else if says("timed out") {
            FailureKind::TimedOut
        } else if says("unreachable") || says("No route to host") {
            FailureKind::Unreachable
        } else {
            FailureKind::Lost
        };
        Failure { kind, why }
    }
}

fn kind(error: &Error) -> FailureKind {
    match error {
        Error::Bastion { source, .. } => kind(source),
        Error::Unreachable { source, .. } => match source.kind() {
            ErrorKind::ConnectionRefused => FailureKind::Refused,
            ErrorKind::TimedOut => FailureKind::TimedOut,
            _ if source.to_string().contains("lookup address") => FailureKind::UnknownName,
            _ => FailureKind::Unreachable,
        },
        Error::Silent { .. } => FailureKind::TimedOut,
        Error::NoSsh { .. } => FailureKind::NotSsh,
        Error::Lost { .. } => FailureKind::Lost,
        Error::Proxy { .. } | Error::ProxyCommand { .. } => FailureKind::Proxy,
        Error::WrongHost { .. } => FailureKind::WrongHost,
        Error::NotLetIn { .. } | Error::Agent { .. } => FailureKind::NotLetIn,
        Error::UnusableKey { .. } | Error::WrongKey { .. } | Error::Unreadable { .. } => FailureKind::Key,
        Error::Protocol(_)
        | Error::NotStarted { .. }
        | Error::NoScp { .. }
        | Error::NotWritten { .. }
        | Error::NotSendable { .. } => FailureKind::Protocol,
    }
}
