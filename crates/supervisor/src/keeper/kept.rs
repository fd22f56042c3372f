//! What a keeper has to give, for whom, and until when.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::time::Instant;

use crate::REUSE_MAX;
use crate::fingerprint::Fingerprint;
use crate::wire::{Condition, GivenBack};

/// A spare as it stands.
#[derive(Clone)]
pub(super) struct Kept {
    /// Who may have it.
    pub(super) fingerprint: Fingerprint,
    /// When it was started.
    pub(super) began: Instant,
    is_configured: bool,
    ends: Instant,
    /// The same on a clock that goes on while the machine sleeps.
    ends_on_wall: Duration,
}

impl Kept {
    /// One that is being started.
    pub(super) fn fresh(fingerprint: Fingerprint, idle: Duration) -> Kept {
        let began = Instant::now();
        Kept {
            fingerprint,
            began,
            is_configured: false,
            ends: began + idle,
            ends_on_wall: since_start() + idle,
        }
    }

    /// It comes back from a command. What has been configured stays what it is, and lives no longer
    /// than it would have.
    pub(super) fn take_back(&mut self, how: GivenBack) {
        let GivenBack::Configured { fingerprint, left_ms } = how else { return };
        if self.is_configured {
            if fingerprint != self.fingerprint {
                self.ends = Instant::now();
            }
            return;
        }
        let left = Duration::from_millis(left_ms).min(REUSE_MAX);
        *self = Kept { fingerprint, is_configured: true, ..self.clone() }.ending_in(left);
    }

    fn ending_in(self, left: Duration) -> Kept {
        Kept { ends: Instant::now() + left, ends_on_wall: since_start() + left, ..self }
    }

    /// Whether its time is over.
    pub(super) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// What is left of its time.
    pub(super) fn left(&self) -> Duration {
        let left = self.ends.saturating_duration_since(Instant::now());
        left.min(self.ends_on_wall.saturating_sub(since_start()))
    }

    /// How far it is, where its process is that far.
    pub(super) fn condition(&self, process: Condition) -> Condition {
        if self.is_configured { Condition::Configured } else { process }
    }
}

/// The time since the machine was started, with what it slept.
fn since_start() -> Duration {
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    // Neither part is ever negative.
    let time = clock_gettime(clock);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(digit: &str) -> Fingerprint {
        Fingerprint::from_text(&digit.repeat(64)).unwrap()
    }

    fn configured(digit: &str, left: Duration) -> GivenBack {
        let left_ms = u64::try_from(left.as_millis()).unwrap();
        GivenBack::Configured { fingerprint: fingerprint(digit), left_ms }
    }

    #[test]
    fn a_configured_one_is_for_others_and_its_time_does_not_start_anew() {
        let (idle, life) = (Duration::from_secs(600), Duration::from_secs(60));
        let mut kept = Kept::fresh(fingerprint("a"), idle);
        assert!(kept.left() > life);
        kept.take_back(GivenBack::Unchanged);
        assert_eq!((kept.fingerprint.clone(), kept.left() > life), (fingerprint("a"), true));

        kept.take_back(configured("b", life));
        assert_eq!(kept.fingerprint, fingerprint("b"));
        assert_eq!(kept.condition(Condition::Ready), Condition::Configured);
        assert!(kept.left() <= life && !kept.is_over());
        let before = (kept.ends, kept.ends_on_wall);
        kept.take_back(configured("b", Duration::from_secs(300)));
        assert_eq!((kept.ends, kept.ends_on_wall), before);
        // It cannot be that somebody has configured it again.
        kept.take_back(configured("c", life));
        assert!(kept.is_over());
    }

    #[test]
    fn no_life_is_long() {
        let mut kept = Kept::fresh(fingerprint("a"), Duration::from_secs(10));
        kept.take_back(configured("b", Duration::from_secs(10_000)));
        assert!(kept.left() > Duration::from_secs(10) && kept.left() <= REUSE_MAX);
        let mut kept = Kept::fresh(fingerprint("a"), Duration::from_secs(10));
        kept.take_back(configured("b", Duration::ZERO));
        assert!(kept.is_over());
    }

    #[test]
    fn time_goes_on_while_the_machine_sleeps() {
        let mut kept = Kept::fresh(fingerprint("a"), Duration::from_secs(10));
        kept.ends_on_wall = since_start().saturating_sub(Duration::from_millis(1));
        assert!(kept.is_over());
    }
}
