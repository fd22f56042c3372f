//! When to kill: by the clock, by how far the provider or the journal has come, or while a version of
//! the state is written.
//!
//! A clock alone would not do: on a machine that is busy with other things an apply takes now twice
//! and now half of the time, and the writing of a version takes a few thousandths of a second.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::setting::Length;

const STATE: &str = "terraform.tfstate";
const JOURNAL: &str = "terraform.tfstate.journal";
/// A version while it is not complete, and while it is complete and not yet in place.
const DRAFTS: [&str; 2] = ["terraform.tfstate.next.tmp", "terraform.tfstate.next"];

/// Kills by the clock go on for so much longer than an apply takes, in percent.
const BEYOND_PERCENT: u64 = 105;

/// Kills that wait for something come so much later at most, so that they are not always at the
/// same instant.
const LATER_MAX: Duration = Duration::from_millis(1);

/// A small generator of numbers that look random (xorshift, Marsaglia 2003): the seed is printed, so
/// that a failure can be had again.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }

    fn up_to(&mut self, limit: Duration) -> Duration {
        Duration::from_micros(self.below(u64::try_from(limit.as_micros()).unwrap_or(u64::MAX)))
    }
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Files of an apply that show how far it has come.
#[derive(Clone, Debug)]
pub(crate) struct Traces {
    /// The working directory.
    pub(crate) directory: PathBuf,
    /// Where the provider puts requests on record.
    pub(crate) requests: PathBuf,
}

impl Traces {
    fn journal(&self) -> u64 {
        length(&self.directory.join(JOURNAL))
    }

    fn requests(&self) -> u64 {
        length(&self.requests)
    }

    /// How far the writing of a version has come at least.
    fn is_written(&self, stage: Stage) -> bool {
        let [draft, next] = DRAFTS.map(|name| self.directory.join(name));
        let state = self.directory.join(STATE);
        match stage {
            Stage::Draft => draft.exists() || self.is_written(Stage::Complete),
            Stage::Complete => next.exists() || self.is_written(Stage::InPlace),
            Stage::InPlace => length(&state) > 0,
            Stage::Whole => std::fs::read(&state).is_ok_and(|bytes| bytes.first() == Some(&b'{')),
            Stage::Closed => self.is_written(Stage::Whole) && !self.directory.join(JOURNAL).exists(),
        }
    }
}

/// How an apply goes that nobody disturbs.
#[derive(Debug, Default)]
pub(crate) struct Course {
    /// How long it takes.
    pub(crate) whole: Duration,
    /// How long the journal becomes.
    journal: u64,
    /// How long the record of requests becomes.
    requests: u64,
}

impl Course {
    /// Looks how far it has come. It is never time to end it.
    pub(crate) fn look(&mut self, traces: &Traces, elapsed: Duration) -> bool {
        self.whole = elapsed;
        self.journal = self.journal.max(traces.journal());
        self.requests = self.requests.max(traces.requests());
        false
    }
}

/// What has happened to a version of the state.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// It is being written beside the file.
    Draft,
    /// It is complete beside the file.
    Complete,
    /// It is being written to the file.
    InPlace,
    /// The file is whole.
    Whole,
    /// The journal is gone.
    Closed,
}

const STAGES: [Stage; 5] = [Stage::Draft, Stage::Complete, Stage::InPlace, Stage::Whole, Stage::Closed];

#[derive(Clone, Copy, Debug)]
enum Sign {
    /// So long after the start.
    Clock(Duration),
    /// So many bytes of requests were put on record.
    Requests(u64),
    /// The journal has so many bytes.
    Journal(u64),
    /// A version was written that far.
    Version(Stage),
}

/// An instant of an apply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    sign: Sign,
    later: Duration,
    pub(crate) length: Length,
}

impl Moment {
    /// One of many, a quarter by each sign; those by the clock and by requests are in equal distances
    /// but for a little.
    pub(crate) fn of(nth: u64, all: u64, course: &Course, dice: &mut Dice) -> Moment {
        let mut spread = |limit: u64| {
            let slot = (limit * 4 / all.max(1)).max(1);
            nth / 4 * slot + dice.below(slot)
        };
        let sign = match nth % 4 {
            0 => {
                let whole = u64::try_from(course.whole.as_micros()).unwrap_or(u64::MAX);
                Sign::Clock(Duration::from_micros(spread(whole * BEYOND_PERCENT / 100)))
            }
            1 => Sign::Journal(1 + spread(course.journal)),
            2 => Sign::Requests(1 + spread(course.requests)),
            _ => Sign::Version(STAGES[usize::try_from(nth / 4).unwrap_or_default() % STAGES.len()]),
        };
        Moment { sign, later: dice.up_to(LATER_MAX), length: Length::Short }
    }

    /// While a version is written in the middle of an apply that takes long.
    pub(crate) fn in_a_long_apply(nth: usize, dice: &mut Dice) -> Moment {
        let sign = Sign::Version(STAGES[nth % (STAGES.len() - 1)]);
        Moment { sign, later: dice.up_to(LATER_MAX), length: Length::Long }
    }

    /// Says when it has come, for an apply with those traces.
    pub(crate) fn watch(&self, traces: Traces) -> impl FnMut(Duration) -> bool + use<> {
        let moment = *self;
        let mut met: Option<Duration> = None;
        move |elapsed| {
            let is_met = match moment.sign {
                Sign::Clock(after) => elapsed >= after,
                Sign::Requests(bytes) => traces.requests() >= bytes,
                Sign::Journal(bytes) => traces.journal() >= bytes,
                Sign::Version(stage) => traces.is_written(stage),
            };
            if is_met && met.is_none() {
                met = Some(elapsed);
            }
            met.is_some_and(|met| elapsed >= met + moment.later)
        }
    }
}
