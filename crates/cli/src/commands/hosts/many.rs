//! The same on many hosts, side by side.

use std::path::Path;
use std::sync::Arc;

use plumb_deploy::{Connect as _, Member, Peers, Secrets, Setting};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_executor::Stop;
use plumb_host::Host;
use plumb_inventory::Way;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::inventory::{Chosen, chosen, setting};
use super::leftover::Left;
use super::notices::Notices;
use super::outside::machine_of;
use super::way::{Stated, resolver};
use crate::arguments::HostOptions;
use crate::prompt::Question;
use crate::session::Session;

/// The name of this machine, which is known whether the inventory has it or not.
const THIS_MACHINE: &str = "@local";

/// Hosts that were chosen, each with what is said of it and the way to it.
pub(super) struct Many {
    pub(super) names: Vec<String>,
    pub(super) settings: Vec<Setting>,
    pub(super) ways: Vec<Stated>,
    pub(super) secrets: Secrets,
    pub(super) notices: Arc<Notices>,
    parallel: usize,
}

impl Many {
    /// The hosts of inventories; only those that are left over, if that is wanted. The directory is where files of
    /// code lie that are run for them.
    pub(super) async fn of(
        session: &Session<'_>,
        inventories: &[String],
        options: &HostOptions,
        tags: &[String],
        directory: &Path,
        only: Option<&Left>,
    ) -> Result<Self, Diagnostics> {
        let secrets = Secrets::new();
        let Chosen { hosts, all } = chosen(session, inventories, options, &secrets, only).await?;
        let directory = directory.to_string_lossy();
        let mut base = Setting::new("", &directory, session.files.clone(), secrets.clone());
        base.defaults = Arc::new(defaults(session, options).await?);
        base.machine = machine_of(session);
        base.tags = Arc::new(tags.to_vec());
        let resolver = Arc::new(resolver(&session.shell.environment));
        let notices: Arc<Notices> = Arc::default();
        let way = |host: &Arc<plumb_inventory::Host>| Stated {
            name: host.name().to_owned(),
            way: host.way().clone(),
            resolver: resolver.clone(),
            notices: notices.clone(),
        };
        let parallel = options.parallel.clamp(1, super::limits::connections_max());
        let member = |host: &Arc<plumb_inventory::Host>| Member {
            setting: setting(&base, host),
            connect: Box::new(way(host)),
        };
        let members: Vec<Member> = all.iter().map(member).collect();
        let this_machine = Stated {
            name: THIS_MACHINE.to_owned(),
            way: Way::Local,
            resolver: resolver.clone(),
            notices: notices.clone(),
        };
        let this_machine = Member {
            setting: base.of(THIS_MACHINE, Vec::new(), Map::new()),
            connect: Box::new(this_machine),
        };
        base.peers = Some(Peers::new(members, vec![this_machine], parallel));
        Ok(Many {
            names: hosts.iter().map(|host| host.name().to_owned()).collect(),
            settings: hosts.iter().map(|host| setting(&base, host)).collect(),
            ways: hosts.iter().map(way).collect(),
            secrets,
            notices,
            parallel,
        })
    }

    /// Does something on each host, and hands on what comes of it as it comes.
    pub(super) async fn each<T: Send + 'static, W: Future<Output = T> + Send + 'static>(
        self,
        session: &Session<'_>,
        work: impl Fn(usize, Host, Setting) -> W + Clone + Send + 'static,
        mut heard: impl FnMut(usize, Result<T, String>),
    ) -> Result<(), Diagnostics> {
        let gate = Arc::new(Semaphore::new(self.parallel));
        let mut tasks = JoinSet::new();
        for (at, (way, setting)) in self.ways.into_iter().zip(self.settings).enumerate() {
            let (gate, work) = (gate.clone(), work.clone());
            tasks.spawn(async move {
                let _turn = gate.acquire().await;
                match way.connect().await {
                    Ok(host) => (at, Ok(work(at, host, setting).await)),
                    Err(why) => (at, Err(why)),
                }
            });
        }
        loop {
            tokio::select! {
                joined = tasks.join_next() => match joined {
                    Some(Ok((at, result))) => heard(at, result),
                    // A task that panics has been explained; the others go on.
                    Some(Err(_)) => {}
                    None => return Ok(()),
                },
                () = session.stop.wait_for(Stop::AfterRunning) => {
                    let detail = "Nothing more is waited for. What was begun on hosts goes on there to its end.";
                    return Err(Diagnostic::error("Interrupted", detail).into());
                }
            }
        }
    }
}

/// Arguments of all operations that the command line states.
async fn defaults(session: &Session<'_>, options: &HostOptions) -> Result<Map<String, Value>, Diagnostics> {
    let mut defaults = Map::new();
    if options.sudo.0 {
        defaults.insert("sudo".to_owned(), true.into());
    }
    if let Some(user) = &options.sudo_user {
        defaults.insert("sudo_user".to_owned(), user.clone().into());
    }
    if options.ask_sudo_password.0 {
        let prompt = session.prompt(options.input.0);
        let question =
            Question { title: "The password for sudo", text: "It is used on all hosts.", is_secret: true };
        defaults.insert("sudo_password".to_owned(), prompt.ask(&question).await?.into());
    }
    Ok(defaults)
}
