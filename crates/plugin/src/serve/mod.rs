//! The other side: a provider of this process, served to whoever started it as a plugin.
//!
//! Responsible for everything between a [`plumb_state::Provider`] and a client such as Terraform:
//! the handshake, TLS, the calls of both protocol versions, a good end. [`serve`] is for programs
//! that are started as plugins; [`Server`] is for those that say themselves where to listen.

mod answers;
mod dispatch;
mod listener;

use std::path::PathBuf;
use std::sync::Arc;

use plumb_state::Provider;

pub use dispatch::Recorder;
pub use listener::Server;

use crate::protocol::{
    CLIENT_CERTIFICATE_NAME, MAGIC_COOKIE, MAGIC_COOKIE_NAME, SOCKET_DIRECTORY_NAME, VERSIONS_NAME,
};
use crate::tls::TlsError;
use crate::{Handshake, Protocol};

/// How a provider is served.
#[derive(Clone)]
pub struct ServeOptions {
    /// What it speaks.
    pub protocol: Protocol,
    /// The certificate (PEM) that the one client must show; without it there is no TLS.
    pub client_certificate: Option<String>,
    /// Where to put the socket; the directory for temporary files where nothing is said.
    pub socket_directory: Option<PathBuf>,
    /// Is told of every call.
    pub recorder: Option<Arc<dyn Recorder>>,
    /// Whether to end when there has been no connection for a while, as there is none when the one
    /// who started this process has died.
    pub end_when_alone: bool,
}

impl ServeOptions {
    /// Without TLS, until told to end.
    pub fn new(protocol: Protocol) -> Self {
        ServeOptions {
            protocol,
            client_certificate: None,
            socket_directory: None,
            recorder: None,
            end_when_alone: false,
        }
    }
}

/// Why a provider cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A person started the program.
    #[error(
        "this program is a provider plugin and is not meant to be run by itself; name it in \
         required_providers and it will be started when it is needed"
    )]
    NotAPlugin,
    /// The client speaks other versions.
    #[error("the client speaks versions {theirs} of the provider protocol, this provider speaks {ours}")]
    NoCommonVersion {
        /// What the client says.
        theirs: String,
        /// What is offered.
        ours: String,
    },
    /// The keys cannot be made or read.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The socket cannot be made, or the handshake cannot be printed.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
}

/// Serves a provider in a program that was started as a plugin, until the client says that it may
/// end. Reads the environment, and prints the handshake, as plugins do.
pub async fn serve(
    provider: Arc<dyn Provider>,
    offered: &[Protocol],
    recorder: Option<Arc<dyn Recorder>>,
) -> Result<(), ServeError> {
    if std::env::var(MAGIC_COOKIE_NAME).as_deref() != Ok(MAGIC_COOKIE) {
        return Err(ServeError::NotAPlugin);
    }
    let protocol = choose_protocol(std::env::var(VERSIONS_NAME).ok().as_deref(), offered)?;
    let certificate = std::env::var(CLIENT_CERTIFICATE_NAME).ok().filter(|text| !text.is_empty());
    let directory = std::env::var_os(SOCKET_DIRECTORY_NAME).filter(|text| !text.is_empty());
    let options = ServeOptions {
        client_certificate: certificate,
        socket_directory: directory.map(PathBuf::from),
        recorder,
        end_when_alone: true,
        ..ServeOptions::new(protocol)
    };
    let server = Server::bind(provider, options)?;
    // An interrupt at the terminal reaches this process too, but the client decides when to end.
    tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    print(server.handshake())?;
    server.run().await;
    Ok(())
}

/// The handshake is this process's only use of its standard output.
fn print(handshake: &Handshake) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut output = std::io::stdout().lock();
    writeln!(output, "{handshake}")?;
    output.flush()
}

/// The newest version that both speak; for a client that says nothing the oldest.
fn choose_protocol(theirs: Option<&str>, offered: &[Protocol]) -> Result<Protocol, ServeError> {
    let numbers: Option<Vec<u64>> =
        theirs.map(|text| text.split(',').filter_map(|number| number.trim().parse().ok()).collect());
    let chosen = match &numbers {
        Some(numbers) => {
            offered.iter().filter(|protocol| numbers.contains(&u64::from(protocol.number()))).max()
        }
        None => offered.iter().min(),
    };
    chosen.copied().ok_or_else(|| ServeError::NoCommonVersion {
        theirs: theirs.unwrap_or("unknown").to_owned(),
        ours: offered.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_common_version_is_chosen() {
        let cases = [
            (Some("5,6"), vec![Protocol::V5, Protocol::V6], Some(Protocol::V6)),
            (Some("6,5"), vec![Protocol::V5], Some(Protocol::V5)),
            (Some("5"), vec![Protocol::V5, Protocol::V6], Some(Protocol::V5)),
            (None, vec![Protocol::V6, Protocol::V5], Some(Protocol::V5)),
            (Some("4"), vec![Protocol::V5], None),
            (Some("x"), vec![Protocol::V5], None),
        ];
        for (theirs, offered, expected) in cases {
            assert_eq!(choose_protocol(theirs, &offered).ok(), expected, "{theirs:?} {offered:?}");
        }
    }
}
