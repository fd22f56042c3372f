//! How long what is done on hosts takes, by the clock of this machine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use plumb_deploy::{Ended, Heard, Progress, Watcher};
use plumb_source::Span;
use plumb_view::hosts::Took;

/// So many operations are told of.
const TOLD_MAX: usize = 10;
/// Nobody asks why where each operation took less than that.
const SLOW: Duration = Duration::from_secs(10);

/// What stands in the place of the name of a host in what operations are about.
const ANY_HOST: &str = "<host>";

/// What took how long, of each host.
pub(super) struct Times {
    begun: Instant,
    hosts: Vec<Mutex<Timed>>,
}

#[derive(Default)]
struct Timed {
    running: Option<(usize, Instant)>,
    took: HashMap<usize, Duration>,
}

impl Times {
    pub(super) fn new(hosts: usize) -> Arc<Self> {
        Arc::new(Times { begun: Instant::now(), hosts: (0..hosts).map(|_| Mutex::default()).collect() })
    }

    /// Who takes the times.
    pub(super) fn watcher(self: &Arc<Self>) -> Watcher {
        let times = self.clone();
        Arc::new(move |host, progress| {
            let Progress::Heard(heard) = progress else { return };
            let Some(of) = times.hosts.get(host) else { return };
            let mut of = of.lock().unwrap_or_else(PoisonError::into_inner);
            match heard {
                Heard::Begun(operation) => of.running = Some((operation, Instant::now())),
                Heard::Ended(operation, _) => {
                    if let Some((_, begun)) = of.running.take_if(|(running, _)| *running == operation) {
                        of.took.insert(operation, begun.elapsed());
                    }
                }
                Heard::Wrote(..) | Heard::Planned(_) => {}
            }
        })
    }

    /// How long everything took so far.
    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// How long an operation took on a host; nothing where nothing was done.
    pub(super) fn took(&self, host: usize, operation: usize) -> Option<Duration> {
        let of = self.hosts.get(host)?.lock().unwrap_or_else(PoisonError::into_inner);
        of.took.get(&operation).copied()
    }

    /// The operations that took longest, the longest first: those that stand in one place of the code and are about
    /// the same are one.
    pub(super) fn slowest(&self, ended: &[Ended], names: &[String]) -> Vec<Took> {
        let mut known: HashMap<(Span, String), Took> = HashMap::new();
        for (host, one) in ended.iter().enumerate() {
            let Ended::Applied(applied) = one else { continue };
            for (at, operation) in applied.plan.operations.iter().enumerate() {
                let Some(took) = self.took(host, at) else { continue };
                let title = operation.title.replace(&names[host], ANY_HOST);
                let of = known.entry((operation.place, title)).or_insert_with(|| Took {
                    function: operation.function.clone(),
                    title: operation.title.clone(),
                    hosts: 0,
                    total: Duration::ZERO,
                    longest: Duration::ZERO,
                    longest_on: String::new(),
                });
                of.hosts += 1;
                of.total += took;
                if took >= of.longest {
                    of.longest = took;
                    of.longest_on.clone_from(&names[host]);
                    of.title.clone_from(&operation.title);
                }
            }
        }
        let mut all: Vec<Took> = known.into_values().collect();
        all.sort_by(|a, b| b.longest.cmp(&a.longest).then_with(|| a.title.cmp(&b.title)));
        all.truncate(TOLD_MAX);
        all
    }
}

/// Those of the slowest that are told of where nobody has asked.
pub(super) fn remarkable(slowest: &[Took]) -> &[Took] {
    let count = slowest.iter().take_while(|took| took.longest >= SLOW).count();
    &slowest[..count]
}
