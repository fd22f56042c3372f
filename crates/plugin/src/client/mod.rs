//! The client: a plugin behind the contract of providers.
//!
//! [`Plugin`] starts its process when it is first needed and knows its schema; `session` makes the
//! calls of the protocol; `running` is the process together with the connection to it.

mod calls;
mod connection;
mod plugin;
mod running;
mod session;
mod write_only;

pub use plugin::{LaunchOptions, Plugin, Source};
pub(crate) use running::Running;
