//! The file that a plan is saved in: one archive that holds everything that applying needs.
//!
//! Responsible for [`save`], [`load`] and [`plan_digest`]: changes with their values, the step
//! graph, the states before and after looking at the world, and the configuration that the plan was
//! made from. It opens no file: whoever calls it writes and reads the bytes, and sees to it that
//! nobody else can, for they hold the plan's values in the clear.
//!
//! The archive's entries:
//!
//! | entry | what it holds |
//! |---|---|
//! | `plumb-plan.json` | format version and the program that wrote it; read before all others |
//! | `plan.json` | everything but the values, which it names by place and type |
//! | `values.msgpack` | the values, one behind the other, each by its own type |
//! | `prior-state.json`, `previous-state.json` | states in format v4; the second only where it differs |
//! | `configuration/N/NAME` | the files of the configuration, in the order of `plan.json` |
//! | `lock.hcl`, `modules.json` | the lock file and the module manifest, where there are any |
//!
//! Schemas are not in it: every value can be read by the type that stands beside it, and the
//! schemas that changes carry are asked for when the plan is loaded.

mod archive;
mod digest;
mod error;
mod form;
mod read;
#[cfg(test)]
mod tests;
mod values;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumb_address::{Mode, ProviderAddress};
use plumb_schema::Schema;
use plumb_source::MemoryFiles;

pub use digest::plan_digest;
pub use error::PlanFileError;
pub use read::{load, load_origin};
pub use write::save;

use crate::{Plan, VariableValue};

/// Version of the format that is written, and the newest that is read. Version 2 has light plans;
/// what has none of them is as it was in version 1.
const FORMAT: u64 = 2;

const HEADER_ENTRY: &str = "plumb-plan.json";
const PLAN_ENTRY: &str = "plan.json";
const VALUES_ENTRY: &str = "values.msgpack";
const PRIOR_STATE_ENTRY: &str = "prior-state.json";
const PREVIOUS_STATE_ENTRY: &str = "previous-state.json";
const LOCK_ENTRY: &str = "lock.hcl";
const MODULES_ENTRY: &str = "modules.json";

/// What a plan was made from, as it was then.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Every file of the configuration, by its path as it was read: of the root module and of all
    /// modules that it leads to.
    pub files: MemoryFiles,
    /// The dependency lock file, where there was one.
    pub lock_file: Option<Vec<u8>>,
    /// The list of installed modules, where there was one.
    pub modules_manifest: Option<Vec<u8>>,
}

/// What a saved plan was made from, without what it does.
#[derive(Debug)]
pub struct PlanOrigin {
    /// The configuration.
    pub snapshot: Snapshot,
    /// Whose objects it changes.
    pub providers: BTreeSet<ProviderAddress>,
    /// Values of the variables, which sources of modules may be made of. Those that must not be stored
    /// are null.
    pub variables: BTreeMap<Arc<str>, VariableValue>,
}

/// A plan that was read from a file.
#[derive(Debug)]
pub struct SavedPlan {
    /// The plan. Variables that must not be stored have no value: they are null, and whoever applies
    /// the plan has to be asked for them again.
    pub plan: Plan,
    /// What it was made from.
    pub snapshot: Snapshot,
    /// Version of the program that saved it.
    pub program_version: String,
}

/// Finds the schema of a resource type: by provider, kind of block and type name. The error says
/// why there is none.
pub type SchemaLookup<'a> = dyn Fn(&ProviderAddress, Mode, &str) -> Result<Arc<Schema>, String> + 'a;
