//! Provider processes that are started ahead of the commands that use them.
//!
//! Responsible for spare processes: fresh, unconfigured providers, each started when a command has
//! ended, kept by a small process of its own, and used up by one later command. It must never make a
//! command fail or wait for long, and never lets a process be used where one that would be started
//! now could differ from it in anything but its age. It does not know what providers are for, and
//! never prints. It also keeps providers from ending with the terminal ([`keep_hangups_from_children`]).
//!
//! Where the user asks for that, a command gives its processes back as they are, and one that was
//! configured goes on for a short time to commands that would configure theirs with the very same
//! ([`Limits::reuse`]). What it was configured with is never sent: it is part of the digest.
//!
//! There is no central process. Each spare has its *keeper*, which the command starts as its own
//! child when it ends. So a spare inherits everything that a provider of the command itself would:
//! the environment, the directory, limits, namespaces. Nothing of that is ever sent or stored; both
//! sides work out a keyed digest of what they live in ([`Circumstances`]), and a keeper hands over
//! to the one whose digest is its own.
//!
//! [`Spares`] is the side of commands, [`run_as_keeper`] that of keepers, [`list`] and [`stop_all`] are for
//! people. It works on Linux; elsewhere there are never any spares.

mod circumstances;
mod credentials;
mod descriptors;
mod fingerprint;
mod guard;
#[cfg(unix)]
mod hangup;
mod keeper;
mod listing;
mod memory;
mod place;
mod settings;
mod spares;
mod taken;
mod wire;

pub use circumstances::Circumstances;
pub use guard::run_guarded;
#[cfg(unix)]
pub use hangup::keep_hangups_from_children;
pub use keeper::run_as_keeper;
pub use listing::{Stopped, list, stop_all};
pub use place::Place;
pub use settings::{Limits, Mode, REUSE_MAX, Situation, WhyNot, decide};
pub use spares::{Spares, SparesOptions};
pub use wire::{Condition, Description};

/// The first argument with which a program that uses this crate is started to be a keeper; what
/// follows goes to [`run_as_keeper`].
pub const KEEPER_ARGUMENT: &str = "__keep-provider";
/// The first argument with which it is started to become a provider; what follows goes to
/// [`run_guarded`].
pub const GUARD_ARGUMENT: &str = "__become-provider";
