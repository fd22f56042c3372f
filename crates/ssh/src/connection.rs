//! A connection that stands.

use russh::client::{Handle, Msg};
use russh::{Channel, ChannelMsg, Disconnect};

use crate::client::{Client, Ending};
use crate::error::Error;
use crate::reach::{Reached, reach};
use crate::settings::Settings;
use crate::trust::NewHosts;

/// A connection to a host. It ends when it is dropped, with everything that runs through it.
pub struct Connection {
    handle: Handle<Client>,
    ending: Ending,
    new_hosts: NewHosts,
    address: String,
    bastion: Option<Handle<Client>>,
}

impl Connection {
    /// Connects to a host, once.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        let Reached { handle, ending, new_hosts, bastion } = reach(settings).await?;
        let connection = Connection { handle, ending, new_hosts, address: settings.host.address(), bastion };
        if settings.agent.is_some() {
            connection.forward_agent().await?;
        }
        Ok(connection)
    }

    /// Lets programs on the host use the agent, for as long as the connection stands. A host that does
    /// not want that is used without.
    async fn forward_agent(&self) -> Result<(), Error> {
        let mut channel = self.session().await?;
        channel.agent_forward(true).await?;
        while let Some(message) = channel.wait().await {
            if matches!(message, ChannelMsg::Success | ChannelMsg::Failure) {
                break;
            }
        }
        Ok(channel.close().await?)
    }

    /// A channel that a command can run in.
    pub(crate) async fn session(&self) -> Result<Channel<Msg>, Error> {
        self.handle
            .channel_open_session()
            .await
            .map_err(|error| if self.is_closed() { self.lost() } else { error.into() })
    }

    /// Name and port of the host.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Lines for a file of known hosts, of those on the way and at its end that were taken without being known.
    pub fn new_hosts(&self) -> Vec<String> {
        self.new_hosts.lines()
    }

    /// Whether it has ended.
    pub fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    pub(crate) fn lost(&self) -> Error {
        Error::Lost { address: self.address.clone(), why: self.ending.why() }
    }

    /// Says goodbye.
    pub async fn close(self) {
        // Who is gone already needs no goodbye.
        let _ = self.handle.disconnect(Disconnect::ByApplication, "", "").await;
        if let Some(bastion) = self.bastion {
            let _ = bastion.disconnect(Disconnect::ByApplication, "", "").await;
        }
    }
}
