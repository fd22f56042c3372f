//! What a host asks of this side while a connection stands.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use russh::Channel;
use russh::client::{self, ChannelOpenHandle, DisconnectReason, Msg};
use russh::keys::PublicKeyOrCertificate;
use tokio::io::copy_bidirectional;

use crate::error::Error;
use crate::settings::Host;
use crate::trust::NewHosts;

/// Answers what a host asks.
pub(crate) struct Client {
    pub(crate) host: Host,
    /// The agent that programs on the host may use.
    pub(crate) forwarded_agent: Option<PathBuf>,
    pub(crate) ending: Ending,
    pub(crate) new_hosts: NewHosts,
}

/// Why a connection ended, once it has.
#[derive(Clone, Default)]
pub(crate) struct Ending(Arc<Mutex<Option<String>>>);

impl Ending {
    /// To be put after that it ended.
    pub(crate) fn why(&self) -> String {
        let why = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        why.as_ref().map(|why| format!(": {why}")).unwrap_or_default()
    }

    fn set(&self, why: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }
}

impl client::Handler for Client {
    type Error = Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Error> {
        match self.host.trust.check(&self.host, shown, &self.new_hosts) {
            Ok(()) => Ok(true),
            Err(why) => Err(Error::WrongHost { address: self.host.address(), why }),
        }
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut client::Session,
    ) -> Result<(), Error> {
        // Who does not get an answer is refused.
        let Some(socket) = self.forwarded_agent.clone() else { return Ok(()) };
        if let Ok(mut agent) = crate::agent::connect(&socket).await {
            reply.accept().await;
            tokio::spawn(async move {
                // Whichever side ends it has what it wanted.
                let _ = copy_bidirectional(&mut channel.into_stream(), &mut agent).await;
            });
        }
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Error>) -> Result<(), Error> {
        match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                self.ending.set(format!("the host says \"{}\"", info.message));
                Ok(())
            }
            DisconnectReason::Error(error) => {
                self.ending.set(error.to_string());
                Err(error)
            }
        }
    }
}
