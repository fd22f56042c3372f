//! Walks the step graph and journals; decides nothing else.
//!
//! Responsible for making the changes of a plan in the order that its steps ask for, side by side
//! where they allow it, and for recording each before anything builds on it. What it does to an
//! object is what the plan shows: it evaluates again what was unknown, has the provider plan again,
//! and goes on only where that is within the planned action.

mod destroy;
mod make;
mod objects;
mod observer;
mod provision;
mod read;
mod recorder;
mod run;
mod schedule;
mod stop;

pub use observer::{NoObserver, Observer, StepAction};
pub use recorder::SNAPSHOT_PAUSE;
pub use run::{Applied, ApplyRequest, Tally, apply};
pub use stop::{Stop, StopHandle};
