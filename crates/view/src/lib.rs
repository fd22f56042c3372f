//! Text, JSON and progress for people and programs.
//!
//! Responsible for what every command shows of plans, states, values and events: [`text`] for
//! people, [`json`] in the public formats for programs, [`documentation`] of modules, [`inventory`] of hosts,
//! [`progress`] while something happens. It reads the plan and the state and decides nothing; it writes to what
//! it is given and prints nothing itself. Sensitive values are shown only where the format for programs demands it.

pub mod documentation;
mod error;
mod event;
pub mod hosts;
pub mod inventory;
pub mod json;
mod junit;
pub mod progress;
mod schemas;
pub mod text;

pub use error::ViewError;
pub use event::{Event, Operation};
pub use junit::{TimedRun, write_junit};
pub use schemas::FindSchema;

/// The version of the peer that formats, providers and tools are told of.
pub const COMPATIBLE_VERSION: &str = "1.11.4";
