//! What a keeper has to give, for whom, and until when.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::time::Instant;

use crate::REUSE_MAX;
use crate::fingerprint::Fingerprint;
use crate::wire::{Condition, GivenBack};

/// A spare as it stands.
pub(super) struct Kept {
    /// Who may have it.
    pub(super) fingerprint: Fingerprint,
    /// When it was started.
    pub(super) began: Instant,
    is_configured: bool,
    ends: Moment,
}

/// A moment on the clock that is waited by, and on one that goes on while the machine sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    waking: Instant,
    always: Duration,
}

impl Moment {
    pub(super) fn now() -> Moment {
        Moment { waking: Instant::now(), always: since_start() }
    }

    fn after(duration: Duration) -> Moment {
        let Moment { waking, always } = Moment::now();
        Moment { waking: waking + duration, always: always + duration }
    }

    fn left(self) -> Duration {
        let now = Moment::now();
        let waking = self.waking.saturating_duration_since(now.waking);
        waking.min(self.always.saturating_sub(now.always))
    }

    /// How long the machine has slept since.
    fn slept(self) -> Duration {
        let now = Moment::now();
        now.always
            .saturating_sub(self.always)
            .saturating_sub(now.waking.saturating_duration_since(self.waking))
    }
}

impl Kept {
    /// One that is being started.
    pub(super) fn fresh(fingerprint: Fingerprint, idle: Duration) -> Kept {
        Kept { fingerprint, began: Instant::now(), is_configured: false, ends: Moment::after(idle) }
    }

    /// It comes back from a command that has had it since then. What has been configured stays what it
    /// is, and lives no longer than it would have.
    pub(super) fn take_back(&mut self, how: GivenBack, lent: Moment) {
        let GivenBack::Configured { fingerprint, left_ms } = how else { return };
        if self.is_configured {
            if fingerprint != self.fingerprint {
                self.ends = Moment::now();
            }
            return;
        }
        // The command counts what it has been awake.
        let left = Duration::from_millis(left_ms).min(REUSE_MAX).saturating_sub(lent.slept());
        *self = Kept { fingerprint, is_configured: true, ends: Moment::after(left), began: self.began };
    }

    /// Whether its time is over.
    pub(super) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// What is left of its time.
    pub(super) fn left(&self) -> Duration {
        self.ends.left()
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
        let lent = Moment::now();
        kept.take_back(GivenBack::Unchanged, lent);
        assert_eq!((kept.fingerprint.clone(), kept.left() > life), (fingerprint("a"), true));

        kept.take_back(configured("b", life), lent);
        assert_eq!(kept.fingerprint, fingerprint("b"));
        assert_eq!(kept.condition(Condition::Ready), Condition::Configured);
        assert!(kept.left() <= life && !kept.is_over());
        let before = kept.ends;
        kept.take_back(configured("b", Duration::from_secs(300)), lent);
        assert_eq!(kept.ends, before);
        // It cannot be that somebody has configured it again.
        kept.take_back(configured("c", life), lent);
        assert!(kept.is_over());
    }

    #[test]
    fn no_life_is_long() {
        let mut kept = Kept::fresh(fingerprint("a"), Duration::from_secs(10));
        kept.take_back(configured("b", Duration::from_secs(10_000)), Moment::now());
        assert!(kept.left() > Duration::from_secs(10) && kept.left() <= REUSE_MAX);
        let mut kept = Kept::fresh(fingerprint("a"), Duration::from_secs(10));
        kept.take_back(configured("b", Duration::ZERO), Moment::now());
        assert!(kept.is_over());
    }

    #[test]
    fn time_goes_on_while_the_machine_sleeps() {
        let mut kept = Kept::fresh(fingerprint("a"), Duration::from_secs(10));
        kept.ends.always = since_start().saturating_sub(Duration::from_millis(1));
        assert!(kept.is_over());
        // A command that slept has had it for longer than it knows.
        let life = Duration::from_secs(60);
        for (slept_s, is_over) in [(0, false), (30, false), (61, true)] {
            let mut kept = Kept::fresh(fingerprint("a"), Duration::from_secs(10));
            let mut lent = Moment::now();
            lent.always = lent.always.saturating_sub(Duration::from_secs(slept_s));
            kept.take_back(configured("b", life), lent);
            assert_eq!(kept.is_over(), is_over, "{slept_s}");
        }
    }
}
