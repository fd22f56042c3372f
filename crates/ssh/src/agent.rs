//! An SSH agent: which keys it has, and which of them comes first.

use std::path::{Path, PathBuf};

use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{PublicKey, decode_secret_key};

use crate::error::Error;
use crate::settings::Agent;

/// A connection to an agent.
#[cfg(unix)]
pub(crate) type Stream = tokio::net::UnixStream;
/// A connection to an agent.
#[cfg(windows)]
pub(crate) type Stream = tokio::net::windows::named_pipe::NamedPipeClient;

/// Connects to an agent.
#[cfg(unix)]
pub(crate) async fn connect(socket: &Path) -> std::io::Result<Stream> {
    Stream::connect(socket).await
}

/// Connects to an agent.
#[cfg(windows)]
pub(crate) async fn connect(socket: &Path) -> std::io::Result<Stream> {
    tokio::net::windows::named_pipe::ClientOptions::new().open(socket)
}

/// An agent that has told which keys it has.
pub(crate) struct Keys {
    pub(crate) agent: AgentClient<Stream>,
    pub(crate) identities: Vec<AgentIdentity>,
}

impl Keys {
    /// Asks an agent for its keys; those that are wanted come first.
    pub(crate) async fn of(agent: &Agent) -> Result<Self, Error> {
        let failed = |why: String| Error::Agent { socket: agent.socket.clone(), why };
        let stream = connect(&agent.socket).await.map_err(|error| failed(error.to_string()))?;
        let mut client = AgentClient::connect(stream);
        let mut identities = client.request_identities().await.map_err(|error| failed(error.to_string()))?;
        if let Some(wanted) = &agent.identity {
            let key = public_key(Path::new(wanted)).await;
            // The order among those that are wanted alike stays.
            identities.sort_by_key(|identity| Fit::of(identity, wanted, key.as_ref()));
        }
        Ok(Keys { agent: client, identities })
    }
}

/// How well a key is what was asked for.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Exactly,
    /// Agents know keys by their whole paths, and people by names of files.
    AtTheEnd,
    NotAtAll,
}

impl Fit {
    fn of(identity: &AgentIdentity, wanted: &str, key: Option<&PublicKey>) -> Self {
        let is_the_key = key.is_some_and(|key| key.key_data() == identity.public_key().key_data());
        if is_the_key || identity.comment() == wanted {
            Fit::Exactly
        } else if identity.comment().ends_with(wanted) {
            Fit::AtTheEnd
        } else {
            Fit::NotAtAll
        }
    }
}

/// The public key that a file holds, or the file beside it that is named after it.
async fn public_key(file: &Path) -> Option<PublicKey> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".pub");
    for file in [file.to_owned(), PathBuf::from(beside)] {
        let Ok(text) = tokio::fs::read_to_string(&file).await else { continue };
        if let Ok(key) = decode_secret_key(&text, None) {
            return Some(key.public_key().clone());
        }
        if let Ok(key) = PublicKey::from_openssh(text.trim()) {
            return Some(key);
        }
    }
    None
}
