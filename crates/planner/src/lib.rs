//! Configuration, state and provider answers in; a plan out.
//!
//! Responsible for every decision about what will happen: refreshing, proposing, choosing actions,
//! finding what is no longer wanted, and the order of steps. Given the same inputs and the same
//! answers of providers it makes the same plan. It changes nothing and writes nothing.

mod answers;
mod checks;
mod conditions;
mod conversion;
mod data;
mod decision;
mod drive;
mod ephemeral;
mod functions;
mod graph;
mod identities;
mod import;
mod import_command;
mod instance;
mod managed;
mod moves;
mod objects;
mod observer;
mod orphans;
mod outputs;
mod pace;
mod pending;
mod problems;
mod protection;
mod providers;
mod provisioners;
mod reading;
mod refresh;
mod refreshed;
mod replacing;
mod retiring;
mod session;
mod statements;
mod targeting;
mod triggers;
mod validate;
mod values;

pub use checks::{lenient_in_check, run_checks};
pub use conditions::{gather_checks, merge_checks};
pub use drive::{Inquiry, PlanRequest, Planned, plan};
pub use ephemeral::EphemeralObjects;
pub use functions::with_provider_functions;
pub use import_command::{Identifier, ImportRequest, Imported, import};
pub use managed::{ignored, lasting_marks};
pub use objects::recorded_calls;
pub use observer::{EphemeralAction, EphemeralObserver, NoObserver, Observer};
pub use orphans::removed_block;
pub use problems::{Place, provider_problems};
pub use providers::{ProviderSource, Providers, StandIn, StandIns};
pub use reading::{DataSource, Reading};
pub use validate::validate;
pub use values::{identity, null_unknown, schema_marked};
