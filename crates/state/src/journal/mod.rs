//! What a run did, step by step, durable before the next step depends on it.
//!
//! Responsible for the records, their lines, and for the state that follows from the last version
//! and the records since. It touches no disk, and it asks nobody anything.

mod decode;
mod encode;
mod line;
mod record;
mod replay;
#[cfg(test)]
mod tests;

pub use line::{LineWriter, read_lines};

pub use record::{
    Action, Begin, Decision, Identity, Intent, ObjectChange, OpenIntent, Record, StepId, StepResult,
};
pub use replay::{Conflict, Replayed, replay, replay_all};

/// Version of the records' form. A journal of another is not read.
const FORMAT: u64 = 1;

/// A part of a journal that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The first line at fault, counted from 1.
    pub line: usize,
    /// How many bytes from there on were left out.
    pub bytes: usize,
    /// How many whole records after it were read all the same.
    pub salvaged: usize,
}
