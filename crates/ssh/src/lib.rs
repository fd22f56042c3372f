//! Connections to hosts over SSH.
//!
//! Responsible for reaching a host, also through a proxy and other hosts, for proving to each other
//! who is there, for running commands with what they write passed on as it comes, and for writing
//! files. It knows nothing of what that is for, does not try twice, and reads no settings of the user's
//! own: whatever counts is in [`Settings`].

mod agent;
mod authentication;
mod client;
mod command;
mod connection;
mod error;
mod host_key;
mod key;
mod key_file;
mod known_hosts;
mod program;
mod proxy;
mod proxy_command;
mod quote;
mod reach;
mod scp;
mod secret;
mod settings;
mod signing;
mod sink;
mod socks;
mod stream;
mod tree;
mod trust;
mod ways;

pub use crate::command::{Command, Exit, Stream};
pub use crate::connection::Connection;
pub use crate::error::Error;
pub use crate::host_key::HostKey;
pub use crate::key::{Identity, WrongKey};
pub use crate::known_hosts::{KnownHosts, Place, WrongLine};
pub use crate::program::{ProgramInput, ProgramOutput, Said};
pub use crate::quote::{posix_quoted, windows_quoted};
pub use crate::scp::{Contents, Mode, Platform};
pub use crate::secret::Secret;
pub use crate::settings::{Agent, Host, Patience, Proxy, ProxyCommand, ProxyScheme, Settings, Through};
pub use crate::trust::Trust;
