//! The way to a host, gone.

use std::sync::Arc;

use async_trait::async_trait;
use plumb_deploy::Connect;
use plumb_host::{
    Destination, Host, Local, Means, Persistence, Policy, Resolver, Route, Surroundings, Transport,
};
use plumb_inventory::{HostKeyChecking, SshWay, Way};

use super::notices::Notices;
use crate::environment::Environment;

/// A way that an inventory states.
pub(crate) struct Stated {
    /// The name of the host in the inventory.
    pub(crate) name: String,
    pub(crate) way: Way,
    /// Who knows what OpenSSH's files say.
    pub(crate) resolver: Arc<Resolver>,
    /// Who is told what is out of the ordinary.
    pub(crate) notices: Arc<Notices>,
}

/// Who knows what OpenSSH's files say, for the user of this process.
pub(crate) fn resolver(environment: &Environment) -> Resolver {
    let user_id = rustix::process::getuid().as_raw();
    let user = environment.get("USER").or(environment.get("LOGNAME")).map(str::to_owned);
    Resolver::new(Surroundings {
        environment: environment.all().clone().into_iter().collect(),
        home: environment.home().unwrap_or_default(),
        user: user.unwrap_or_else(|| if user_id == 0 { "root".to_owned() } else { user_id.to_string() }),
        user_id: Some(user_id),
        host_name: None,
    })
}

#[async_trait]
impl Connect for Stated {
    async fn connect(&self) -> Result<Host, String> {
        let local = match &self.way {
            Way::Local => Local::machine(),
            Way::Container { engine, name } => Local::container(engine.program(), name),
            Way::Chroot { directory } => Local::chroot(&directory.to_string_lossy()),
            Way::Ssh(way) => {
                let route = OverSsh {
                    destination: self.destination(way),
                    persistence: persistence(way),
                    resolver: self.resolver.clone(),
                    name: self.name.clone(),
                    notices: self.notices.clone(),
                };
                return Ok(Host::new(route.open().await?).returning_by(Arc::new(route)));
            }
        };
        Ok(Host::new(Arc::new(local)))
    }
}

/// A way over SSH.
struct OverSsh {
    destination: Destination,
    persistence: Persistence,
    resolver: Arc<Resolver>,
    /// The name of the host in the inventory.
    name: String,
    notices: Arc<Notices>,
}

#[async_trait]
impl Route for OverSsh {
    async fn open(&self) -> Result<Arc<dyn Transport>, String> {
        let connected = self.resolver.connect(&self.destination, Means::Automatic, self.persistence).await;
        let connected = connected.map_err(|why| why.to_string())?;
        self.notices.add(&self.name, connected.notices);
        Ok(connected.transport)
    }
}

impl Stated {
    fn destination(&self, way: &SshWay) -> Destination {
        let jumps: Vec<String> = way.jumps.iter().map(ToString::to_string).collect();
        Destination {
            user: way.user.clone(),
            port: way.port,
            identity_files: way.identity_files.clone(),
            passphrase: way.key_passphrase.clone(),
            password: way.password.clone(),
            config_file: way.config_file.clone(),
            policy: way.host_key_checking.map(policy),
            known_hosts_files: way.known_hosts.clone(),
            jump: (!jumps.is_empty()).then(|| jumps.join(",")),
            connect_timeout: way.connect_timeout,
            ..Destination::of(way.hostname.as_deref().unwrap_or(&self.name))
        }
    }
}

fn persistence(way: &SshWay) -> Persistence {
    let once = Persistence::default();
    Persistence {
        attempts: way.connect_retries.unwrap_or(0).saturating_add(1),
        delay: way.connect_retry_delay.unwrap_or(once.delay),
        ..once
    }
}

fn policy(checking: HostKeyChecking) -> Policy {
    match checking {
        HostKeyChecking::Strict => Policy::Strict,
        HostKeyChecking::AcceptNew => Policy::AcceptNew,
        HostKeyChecking::Off => Policy::Off,
    }
}
