//! The one truth about what will happen, and why.
//!
//! Responsible for [`Plan`]: changes with their reasons, the graph of steps that makes them, the
//! change record, and the file that a plan is saved in. Every view, check and decision reads this
//! and nothing else. It computes no change and makes none.

mod change;
pub mod file;
mod options;
mod record;
mod stale;
#[cfg(test)]
mod stale_tests;
mod step;

pub use change::{
    Action, Change, ChangeReason, Counts, ImportKey, ModuleOutputs, OutputChange, Plan, PlannedObject,
};
pub use options::{PlanMode, PlanOptions, Refresh};
pub use record::{ChangeRecord, Digest, VariableValue};
pub use stale::{FileChange, FileChangeKind, Stale, StalePart, World, changed_files, check_fresh};
pub use step::{Step, StepGraph, StepId, StepKind};
