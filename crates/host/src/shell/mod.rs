//! One long-lived shell for each user on a host.
//!
//! A shell is started once and then given text, which it reads as it would read a script. Behind each
//! request stands the order to say a mark: which request it was and how it ended. Marks are drawn anew for
//! each shell, so that nothing that a program writes can be taken for one. Whatever comes between two marks
//! is what a request wrote, byte for byte, and what comes before the first one is the noise of logging in.
//! Nothing is waited for between requests, which makes any number of them one round trip.

mod error;
mod login;
mod mark;
mod request;
mod script;
mod session;
mod side;

pub use error::ShellError;
pub use login::Login;
pub use request::{Event, Reply, Request, Stream};
pub(crate) use request::{Placing, absent_from};
pub use session::Shell;
