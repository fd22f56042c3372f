//! Hosts, and everything that is done on them.
//!
//! Responsible for reaching a host over SSH, as users of OpenSSH have configured it, in a container or as
//! this machine itself, and for one long-lived POSIX shell for each user there, through which everything
//! else goes: many questions or changes in one piece of text, each with its own output, errors and exit
//! status, in as few round trips as what depends on what allows. Nothing is installed on a host. It knows
//! nothing of state, prints nothing, and does not read the environment.

mod acting;
mod asking;
mod connect;
mod hexadecimal;
mod host;
mod restart;
mod rsync;
mod settings;
mod shell;
mod transport;

pub use crate::acting::{Content, FileChange};
pub use crate::asking::{Answer, Check, Entry, EntryKind, Question, Wanted};
pub use crate::connect::{ConnectError, Connected, Failure, FailureKind, Means, Persistence};
pub use crate::hexadecimal::hexadecimal;
pub use crate::host::{Host, HostError, Route};
pub use crate::restart::Restart;
pub use crate::rsync::Rsync;
pub use crate::settings::{Destination, Policy, Resolved, Resolver, SettingsError, Surroundings};
pub use crate::shell::{Event, Login, Reply, Request, Shell, ShellError, Stream};
pub use crate::transport::{
    Exit, Local, OpenSsh, Program, Said, Ssh, Transport, TransportError, TransportErrorKind,
};
pub use plumb_ssh::Secret;

/// Words as a shell of POSIX takes each for one word, whatever is in it.
pub fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    plumb_ssh::posix_quoted(&words.into_iter().collect::<Vec<_>>())
}
