//! Many hosts: planned side by side, then changed side by side or in waves.

mod member;
mod waves;

use std::pin::Pin;
use std::sync::Arc;

use plumb_host::Host;
use plumb_starlark::Program;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub use member::{Connect, Member};
pub use waves::{Amount, Waves};

use crate::apply::{Applied, Heard, apply};
use crate::known::Known;
use crate::plan::HostPlan;
use crate::setting::Setting;
use crate::settle::{DeployError, settle};

/// How hosts are gone through.
#[derive(Clone, Debug)]
pub struct Order {
    /// So many hosts at once.
    pub parallel: usize,
    /// How many connections are kept from when a host is planned to when it is changed; the others are made
    /// again.
    pub connections_max: usize,
    /// How many are changed before the next are.
    pub waves: Waves,
    /// When so many hosts have failed, no other is begun.
    pub fail_at: Option<Amount>,
}

/// What is heard of a host, by its place among the members.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// It is there.
    Connected,
    /// This is what would be done.
    Planned(&'a HostPlan),
    /// Something of what is being done.
    Heard(Heard<'a>),
    /// It came to nothing.
    Failed(&'a HostFailure),
    /// It is through.
    Applied(&'a Applied),
}

/// Who hears of hosts.
pub type Watcher = Arc<dyn Fn(usize, Progress<'_>) + Send + Sync>;

/// Why a host could not be planned or changed.
#[derive(Debug, thiserror::Error)]
pub enum HostFailure {
    /// It cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// Something went wrong with it.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// What it is checked with after it was changed says that it is not well.
    #[error("it is not healthy: {0}")]
    Unhealthy(String),
}

/// A host that has been planned.
pub struct Prepared {
    /// None where the connection was not kept.
    host: Option<Host>,
    known: Known,
    /// How often it was asked something.
    round_trips: usize,
    /// The plan.
    pub plan: HostPlan,
}

/// What became of a host.
#[derive(Debug)]
pub enum Ended {
    /// The plan was carried out as far as it went.
    Applied(Applied),
    /// It failed otherwise.
    Failed(HostFailure),
    /// It was not begun, for too many others had failed, or somebody stopped.
    NotBegun,
    /// Somebody did not wait for it: what was begun goes on there to its end.
    CutOff,
}

impl Ended {
    /// Whether the host is as it should be.
    pub fn is_done(&self) -> bool {
        matches!(self, Ended::Applied(applied) if applied.is_done())
    }
}

/// Hosts, and what is done with them.
pub struct Fleet {
    program: Program,
    members: Vec<Arc<Member>>,
    order: Order,
    watcher: Watcher,
}

/// The function that a host is checked with after it was changed.
const HEALTHY: &str = "healthy";

impl Fleet {
    /// Hosts that a deploy is for.
    pub fn new(program: Program, members: Vec<Member>, order: Order, watcher: Watcher) -> Self {
        Fleet { program, members: members.into_iter().map(Arc::new).collect(), order, watcher }
    }

    /// Connects to all hosts and plans each.
    pub async fn plan(&self) -> Vec<Result<Prepared, HostFailure>> {
        let gate = Arc::new(Semaphore::new(self.order.parallel.max(1)));
        let kept = self.order.connections_max;
        let mut tasks = JoinSet::new();
        for (at, member) in self.members.iter().enumerate() {
            let (program, member, watcher, gate) =
                (self.program.clone(), member.clone(), self.watcher.clone(), gate.clone());
            tasks.spawn(async move {
                let _turn = gate.acquire().await;
                let mut planned = plan_one(&program, &member, at, &watcher).await;
                if let Ok(prepared) = &mut planned
                    && (at >= kept || !prepared.plan.has_changes())
                {
                    prepared.host = None;
                }
                match &planned {
                    Ok(prepared) => watcher(at, Progress::Planned(&prepared.plan)),
                    Err(failure) => watcher(at, Progress::Failed(failure)),
                }
                (at, planned)
            });
        }
        in_order(tasks, self.members.len(), || {
            Err(HostFailure::Unreachable("its planning broke off".to_owned()))
        })
        .await
    }

    /// Carries out plans, in waves. A host without a plan is none that something is done on. Once there is
    /// `cut` nothing is waited for any more.
    pub async fn apply(
        &self,
        mut prepared: Vec<Option<Prepared>>,
        cut: impl Future<Output = ()>,
    ) -> Vec<Ended> {
        let mut cut = std::pin::pin!(cut);
        let chosen: Vec<usize> = (0..prepared.len()).filter(|at| prepared[*at].is_some()).collect();
        let mut ended: Vec<Ended> = prepared.iter().map(|_| Ended::NotBegun).collect();
        let allowed = self.order.fail_at.as_ref().map(|amount| amount.of(chosen.len()).max(1));
        let mut failed = 0;
        let mut rest = chosen.as_slice();
        for size in self.order.waves.sizes(chosen.len()) {
            let (wave, later) = rest.split_at(size.min(rest.len()));
            rest = later;
            for (at, result) in self.wave(wave, &mut prepared, cut.as_mut()).await {
                failed += usize::from(!result.is_done());
                ended[at] = result;
            }
            let is_over = allowed.is_some_and(|allowed| failed >= allowed);
            // Whoever goes in waves wants to see each of them well before the next.
            let is_unwell = self.order.waves.is_stepwise() && allowed.is_none() && failed > 0;
            if is_over || is_unwell || self.is_stopped() {
                break;
            }
        }
        ended
    }

    fn is_stopped(&self) -> bool {
        self.members.first().is_some_and(|member| member.setting.is_stopped())
    }

    async fn wave(
        &self,
        wave: &[usize],
        prepared: &mut [Option<Prepared>],
        mut cut: Pin<&mut impl Future<Output = ()>>,
    ) -> Vec<(usize, Ended)> {
        let gate = Arc::new(Semaphore::new(self.order.parallel.max(1)));
        let checks_health = self.order.waves.is_stepwise() && self.program.get(HEALTHY).is_some();
        let mut tasks = JoinSet::new();
        for &at in wave {
            let Some(one) = prepared[at].take() else { continue };
            let (program, member, watcher, gate) =
                (self.program.clone(), self.members[at].clone(), self.watcher.clone(), gate.clone());
            tasks.spawn(async move {
                let _turn = gate.acquire().await;
                if member.setting.is_stopped() {
                    return (at, Ended::NotBegun);
                }
                let ended = apply_one(&program, &member, one, at, &watcher, checks_health).await;
                match &ended {
                    Ended::Applied(applied) => watcher(at, Progress::Applied(applied)),
                    Ended::Failed(failure) => watcher(at, Progress::Failed(failure)),
                    Ended::NotBegun | Ended::CutOff => {}
                }
                (at, ended)
            });
        }
        let mut ended = Vec::with_capacity(wave.len());
        loop {
            let joined = tokio::select! {
                joined = tasks.join_next() => joined,
                () = cut.as_mut() => break,
            };
            match joined {
                Some(joined) => ended.extend(joined),
                None => return ended,
            }
        }
        let is_open = |at: &usize| !ended.iter().any(|(of, _)| of == at);
        let open: Vec<usize> = wave.iter().copied().filter(is_open).collect();
        // What is no longer waited for goes on on the hosts alone.
        ended.extend(open.into_iter().map(|at| (at, Ended::CutOff)));
        ended
    }
}

async fn plan_one(
    program: &Program,
    member: &Member,
    at: usize,
    watcher: &Watcher,
) -> Result<Prepared, HostFailure> {
    let mut host = member.connect.connect().await.map_err(HostFailure::Unreachable)?;
    watcher(at, Progress::Connected);
    let mut known = Known::new();
    let plan = settle(program, &member.setting, &mut host, &mut known).await?;
    Ok(Prepared { round_trips: host.round_trips(), host: Some(host), known, plan })
}

async fn apply_one(
    program: &Program,
    member: &Member,
    prepared: Prepared,
    at: usize,
    watcher: &Watcher,
    checks_health: bool,
) -> Ended {
    let Prepared { host, mut known, mut round_trips, plan } = prepared;
    let mut host = match host {
        Some(host) => {
            round_trips = 0;
            host
        }
        // There is nothing to do, and nothing to say to the host.
        None if !plan.has_changes() => {
            return Ended::Applied(Applied { round_trips, ..Applied::unchanged(plan) });
        }
        None => tokio::select! {
            connected = member.connect.connect() => match connected {
                Ok(host) => host,
                Err(why) => return Ended::Failed(HostFailure::Unreachable(why)),
            },
            () = member.setting.until_stopped() => return Ended::NotBegun,
        },
    };
    let mut hear = |heard: Heard<'_>| watcher(at, Progress::Heard(heard));
    let applied = apply(program, &member.setting, &mut host, &mut known, plan, &mut hear).await;
    let applied = match applied {
        Ok(applied) => Applied { round_trips: round_trips + host.round_trips(), ..applied },
        Err(error) => return Ended::Failed(error.into()),
    };
    if !checks_health || !applied.is_done() {
        return Ended::Applied(applied);
    }
    match health(program, &member.setting, &mut host).await {
        Ok(()) => Ended::Applied(applied),
        Err(why) => Ended::Failed(HostFailure::Unhealthy(why)),
    }
}

/// Runs what the deploy checks a changed host with.
async fn health(program: &Program, setting: &Setting, host: &mut Host) -> Result<(), String> {
    let setting = setting.with_function(HEALTHY);
    let mut known = Known::new();
    let plan = settle(program, &setting, host, &mut known).await.map_err(|error| error.explained(program))?;
    let applied = apply(program, &setting, host, &mut known, plan, &mut |_| {}).await;
    let applied = applied.map_err(|error| error.explained(program))?;
    let failed = applied.failure();
    failed.map_or(Ok(()), |(operation, failure)| {
        let said = setting.secrets.hidden(failure.errors.trim());
        Err(format!("{} {}: {said}", operation.function, operation.title))
    })
}

async fn in_order<T: Send + 'static>(
    mut tasks: JoinSet<(usize, T)>,
    count: usize,
    lost: impl Fn() -> T,
) -> Vec<T> {
    let mut results: Vec<Option<T>> = (0..count).map(|_| None).collect();
    while let Some(joined) = tasks.join_next().await {
        // A task that panics has been explained; the others go on.
        if let Ok((at, result)) = joined {
            results[at] = Some(result);
        }
    }
    results.into_iter().map(|result| result.unwrap_or_else(&lost)).collect()
}
