//! The way to a host, gone.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use plumb_deploy::Connect;
use plumb_host::{Host, Local, Ssh, Transport};
use plumb_inventory::{SshWay, Way};
use plumb_ssh::{Agent, Connection, Settings};

/// A way that an inventory states.
pub(super) struct Stated {
    /// The name of the host in the inventory.
    pub(super) name: String,
    pub(super) way: Way,
    pub(super) user: Option<String>,
    pub(super) agent: Option<PathBuf>,
}

#[async_trait]
impl Connect for Stated {
    async fn connect(&self) -> Result<Host, String> {
        let transport: Arc<dyn Transport> = match &self.way {
            Way::Local => Arc::new(Local::machine()),
            Way::Container { engine, name } => Arc::new(Local::container(engine.program(), name)),
            Way::Chroot { directory } => Arc::new(Local::chroot(&directory.to_string_lossy())),
            Way::Ssh(way) => Arc::new(self.over_ssh(way).await?),
        };
        Ok(Host::new(transport))
    }
}

impl Stated {
    async fn over_ssh(&self, way: &SshWay) -> Result<Ssh, String> {
        let name = way.hostname.as_deref().unwrap_or(&self.name);
        let user = way.user.clone().or_else(|| self.user.clone()).unwrap_or_else(|| "root".to_owned());
        let mut host = plumb_ssh::Host::new(name, way.port.unwrap_or(22), user);
        host.password = way.password.clone();
        for file in &way.identity_files {
            let text = std::fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))?;
            let identity = plumb_ssh::Identity::parse(&text, None);
            host.identities.push(identity.map_err(|why| format!("{}: {why}", file.display()))?);
        }
        if host.identities.is_empty() {
            host.agent = self.agent.clone().map(Agent::new);
        }
        let connection = Connection::open(&Settings::straight(host)).await.map_err(|why| why.to_string())?;
        Ok(Ssh::new(connection))
    }
}
