//! Connections as users of OpenSSH have configured them, to its servers.

mod answers;
mod connecting;
mod failures;
mod known_hosts;
mod program;
mod support;
mod ways;
