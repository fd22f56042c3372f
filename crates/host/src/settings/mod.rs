//! Settings of connections, as users of OpenSSH have them.
//!
//! Responsible for what a host's name means: its address, user, keys and certificates, agent, what it has to
//! prove, and the way to it. What files say of that is told by the program `ssh` itself (`ssh -G`), so that
//! `Host`, `Match`, `Include` and all the rest mean what they mean there; where there is no such program, what
//! it does without files holds. Nothing is read from this process: home and environment are given.

mod destination;
mod error;
mod identities;
mod jump;
mod known;
mod named;
mod program;
mod resolver;
mod tokens;
mod told;
mod uniform;
mod unsupported;

pub use destination::{Destination, Policy, Surroundings};
pub use error::SettingsError;
pub use resolver::{Resolved, Resolver};
