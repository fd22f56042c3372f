//! Other hosts than the one that code runs for: asked by it, and shared with what runs for others.
//!
//! What is asked of a host is asked once, however many ask for it. What is to be done once for several hosts, by few
//! of them at once, or by all of them on one host waits here for its turn.

mod line;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_host::{Answer, Login, Question};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard, Semaphore};

pub(crate) use line::Line;

use crate::apply::Failure;
use crate::fleet::{Connect, Member};
use crate::known;
use crate::plan::CallSite;
use crate::setting::Setting;

/// Connections to so many others are kept for what may be asked of them next; the others are made again.
const KEPT_MAX: usize = 32;

/// All hosts of an inventory.
pub struct Peers {
    hosts: HashMap<Arc<str>, Peer>,
    /// Those that the inventory has, in its order.
    names: Vec<Arc<str>>,
    /// So many are asked at once.
    gate: Semaphore,
    once: Mutex<HashMap<CallSite, Arc<AsyncMutex<Option<Once>>>>>,
    few: Mutex<HashMap<(CallSite, usize), Arc<Semaphore>>>,
}

/// A host among them.
pub(crate) struct Peer {
    pub(crate) setting: Setting,
    connect: Box<dyn Connect>,
    line: AsyncMutex<Line>,
    /// Whose turn it is to do something there for another host.
    turn: AsyncMutex<()>,
}

/// What came of something that is done once for all.
#[derive(Clone, Debug)]
pub(crate) struct Once {
    /// The host that has done it.
    pub(crate) by: String,
    /// What came of it; a failure where it failed.
    pub(crate) result: Result<Arc<known::Result>, Box<Failure>>,
}

impl Peers {
    /// The hosts of an inventory, and others that can be named without being among them. So many are asked at
    /// once.
    pub fn new(members: Vec<Member>, others: Vec<Member>, parallel: usize) -> Arc<Self> {
        let names = members.iter().map(|member| Arc::from(member.setting.name.as_str())).collect();
        let mut hosts = HashMap::new();
        for Member { setting, connect } in others.into_iter().chain(members) {
            let name = Arc::from(setting.name.as_str());
            let peer = Peer { setting, connect, line: AsyncMutex::default(), turn: AsyncMutex::default() };
            hosts.insert(name, peer);
        }
        Arc::new(Peers {
            hosts,
            names,
            gate: Semaphore::new(parallel.max(1)),
            once: Mutex::default(),
            few: Mutex::default(),
        })
    }

    /// The names of all hosts of the inventory.
    pub(crate) fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    pub(crate) fn peer(&self, name: &str) -> Option<(&Arc<str>, &Peer)> {
        self.hosts.get_key_value(name)
    }

    /// Asks a host, as one user there; what was asked before by whoever is known. An error says why it cannot be
    /// asked, and so for the rest of the run.
    pub(crate) async fn ask(
        &self,
        name: &str,
        login: &Login,
        questions: &[Question],
    ) -> Result<Vec<Answer>, String> {
        let Some(peer) = self.hosts.get(name) else {
            return Err(format!("{name} is no host of the inventory"));
        };
        let mut line = peer.line.lock().await;
        let _turn = self.gate.acquire().await;
        let result = line.ask(&*peer.connect, login, questions).await;
        if self.hosts.len() > KEPT_MAX {
            line.let_go();
        }
        result
    }

    /// What was asked of a host is asked anew from now on: something was done there.
    pub(crate) async fn forget(&self, name: &str) {
        if let Some(peer) = self.hosts.get(name) {
            peer.line.lock().await.forget();
        }
    }

    /// What came of an operation that is done once for all hosts. Whoever gets it first does it, while the others
    /// wait.
    pub(crate) fn once(&self, site: &CallSite) -> Arc<AsyncMutex<Option<Once>>> {
        self.once.lock().unwrap_or_else(PoisonError::into_inner).entry(site.clone()).or_default().clone()
    }

    /// The turns of an operation that so many hosts do at once.
    pub(crate) fn few(&self, site: &CallSite, hosts: usize) -> Arc<Semaphore> {
        let mut few = self.few.lock().unwrap_or_else(PoisonError::into_inner);
        few.entry((site.clone(), hosts)).or_insert_with(|| Arc::new(Semaphore::new(hosts))).clone()
    }
}

impl Peer {
    /// Waits until nobody else has something done on this host.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The line to this host, with somebody there. An error says why there is none.
    pub(crate) async fn line(&self) -> Result<MutexGuard<'_, Line>, String> {
        let mut line = self.line.lock().await;
        line.connect(&*self.connect).await?;
        line.keep();
        Ok(line)
    }
}
