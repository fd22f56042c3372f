//! The client: a plugin behind the contract of providers.
//!
//! [`Plugin`] starts its process when it is first needed and knows its schema; `session` makes the
//! calls of the protocol; `running` is the process together with the connection to it; `standing` knows
//! whether a later command may go on with it, and `reuse` gives it back and finds it again.

mod calls;
mod configuration;
mod connection;
mod identities;
mod pings;
mod plugin;
mod reuse;
mod running;
mod session;
mod slot;
mod standing;
mod stream;
mod write_only;

pub use configuration::{Configuration, ConfigurationKey};
pub use plugin::{LaunchOptions, Plugin, Source};
pub(crate) use running::Running;
