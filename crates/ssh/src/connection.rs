//! A connection that stands.

use russh::Channel;
use russh::client::Msg;

use crate::client::Ending;
use crate::error::Error;
use crate::reach::{Reached, Stood, reach};
use crate::settings::Settings;
use crate::trust::NewHosts;

/// A connection to a host. It ends when it is dropped, with everything that runs through it.
pub struct Connection {
    stood: Stood,
    new_hosts: NewHosts,
    /// Hosts that it goes through.
    jumps: Vec<Stood>,
    forwards_agent: bool,
}

impl Connection {
    /// Connects to a host, once.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        let Reached { stood, new_hosts, jumps } = reach(settings).await?;
        Ok(Connection { stood, new_hosts, jumps, forwards_agent: settings.forwarded_agent.is_some() })
    }

    /// A channel that a command can run in.
    pub(crate) async fn session(&self) -> Result<Channel<Msg>, Error> {
        let opened = self.stood.handle.channel_open_session().await;
        let channel = opened.map_err(|error| if self.is_closed() { self.lost() } else { error.into() })?;
        if self.forwards_agent {
            // It is not waited for: a host that does not want that is used without.
            channel.agent_forward(false).await?;
        }
        Ok(channel)
    }

    /// Name and port of the host.
    pub fn address(&self) -> &str {
        &self.stood.address
    }

    /// Lines for a file of known hosts, of those on the way and at its end that were taken without being known.
    pub fn new_hosts(&self) -> Vec<String> {
        self.new_hosts.lines()
    }

    /// Whether it has ended.
    pub fn is_closed(&self) -> bool {
        self.stood.handle.is_closed()
    }

    pub(crate) fn ending(&self) -> Ending {
        self.stood.ending.clone()
    }

    /// Why it has ended: where a host on the way is gone, everything behind it is.
    pub fn lost(&self) -> Error {
        let lost = |stood: &Stood| Error::Lost { address: stood.address.clone(), why: stood.ending.why() };
        match self.jumps.iter().find(|jump| jump.handle.is_closed()) {
            Some(jump) => Error::Bastion { address: jump.address.clone(), source: Box::new(lost(jump)) },
            None => lost(&self.stood),
        }
    }

    /// Says goodbye.
    pub async fn close(self) {
        for stood in [&self.stood].into_iter().chain(self.jumps.iter().rev()) {
            stood.close().await;
        }
    }
}
