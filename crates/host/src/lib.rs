//! Hosts, and everything that is done on them.
//!
//! Responsible for reaching a host over SSH, in a container or as this machine itself, and for one
//! long-lived POSIX shell for each user there, through which everything else goes: many questions or
//! changes in one piece of text, each with its own output, errors and exit status, in as few round trips
//! as what depends on what allows. Nothing is installed on a host. It knows nothing of state, and prints
//! nothing.

mod shell;
mod transport;

pub use crate::shell::{Login, Reply, Request, Shell, ShellError, Stream};
pub use crate::transport::{Exit, Local, Program, Said, Ssh, Transport, TransportError};
