//! Demand-driven, memoised evaluation of a configuration.
//!
//! Each object of each module instance (a variable, a local, an output, the instances of a
//! resource) is a cell that computes once and remembers. Asking for a cell's value asks for what
//! its expressions refer to. Beside the cells stands [`Index`], made at load from the static
//! references: it refuses cycles, so waiting cells can never wait for each other, and it answers
//! the reverse questions that demand cannot.
//!
//! This crate calls no provider. Where the value of a resource instance is asked for, it asks
//! [`Objects`], which the planner and the executor each implement in their own way.

mod body;
mod cell;
mod condition;
mod evaluator;
mod frame;
mod index;
mod instances;
mod lifecycle;
mod objects;
mod providers;
mod repetition;
mod replaced;
mod resources;
mod variables;

pub use body::{Decoded, ephemeral_places, span_of};
pub use cell::{CellId, CellKey};
pub use condition::RuleResult;
pub use evaluator::{Environment, Evaluator, Phase, ProviderCaller};
pub use frame::{Frame, Outcome, Scope};
pub use index::{Index, Node};
pub use instances::ModuleNode;
pub use lifecycle::{check_ignored, check_taken};
pub use objects::{InstanceAddress, Objects, ProviderSchemas};
pub use repetition::{Keys, KeysKind};
pub use resources::Reported;
