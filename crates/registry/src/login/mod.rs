//! Getting a token from a host, for `login`.
//!
//! Responsible for the OAuth 2.0 flow that Terraform's login protocol describes: what a host announces
//! as `login.v1`, an authorization code with a proof key (RFC 7636) that a browser brings to a port of
//! this machine, and the exchange of that code, or of a name and a password, for a token. It opens no
//! browser, asks nobody and keeps nothing; randomness and the wish to stop are handed in.

mod browser_answer;
mod exchange;
mod pending;
mod service;

use std::io;

use crate::web::WebError;

pub use exchange::{account_name, token_for_code, token_for_password};
pub use pending::{LoginSecrets, PendingLogin};
pub use service::LoginService;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No port can be listened on.
    #[error(
        "no port from {first} to {last} is free on this machine, and {host_rule}; end a program that listens there and try again"
    )]
    NoFreePort {
        /// The first port that the host allows.
        first: u16,
        /// The last one.
        last: u16,
        /// Why no other port will do.
        host_rule: &'static str,
    },
    /// Listening failed.
    #[error("cannot listen for the answer of the browser: {0}")]
    Listen(io::Error),
    /// The host, or the person in front of the browser, said no.
    #[error("the host refused: {0}")]
    Refused(String),
    /// Nobody came back.
    #[error("no answer came back from the browser within {minutes} minutes")]
    TooLate {
        /// How long that was waited for.
        minutes: u64,
    },
    /// Whoever started it does not want it any more.
    #[error("it was interrupted")]
    Stopped,
    /// The request for a token failed.
    #[error("{0}")]
    Web(WebError),
    /// The host answered, without a token.
    #[error("{0}")]
    NoToken(String),
    /// The token was given and then not accepted.
    #[error("the host does not accept the token")]
    NotAccepted,
}

/// What a server says, made fit for a message: one line, not endless, nothing that a terminal would
/// obey.
fn quoted_from_server(text: &str) -> String {
    const LENGTH_MAX: usize = 300;
    text.chars().take(LENGTH_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
