//! What exists: resources, instances and objects as recorded, and the contracts with those who
//! make and keep them.
//!
//! Responsible for the state in memory, its file format v4, the journal's records, and the traits
//! [`Provider`] and [`Backend`]. It decides nothing about changes and touches no disk.

mod provider;
mod state;

pub use provider::*;
pub use state::{CheckResult, CheckStatus, Object, Output, ResourceState, InstanceState, State, Status};
