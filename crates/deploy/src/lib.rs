//! Deploys: what code says of a host, planned against what is there, and made so.
//!
//! Responsible for running the code of a deploy for a host until all that it has to know is known, for the
//! plan that comes of it, and for carrying that out. The code runs on this machine; a host answers questions
//! and does what it is told, in as few round trips as what depends on what allows. It starts no connection,
//! prints nothing, and keeps nothing.

mod alone;
mod apply;
mod asked;
mod fleet;
mod inventory;
mod known;
mod library;
mod local_files;
mod machine;
mod natives;
mod outside;
mod pass;
mod peers;
mod plan;
mod receiving;
mod recording;
pub mod reference;
mod secrets;
mod setting;
mod settle;
mod testing;
mod trace;

pub use crate::apply::{Applied, Failure, Heard, Outcome, apply};
pub use crate::asked::fact_code;
pub use crate::fleet::{
    Amount, Connect, Ended, Fleet, HostFailure, Member, Order, Prepared, Progress, Watcher, Waves,
};
pub use crate::inventory::inventory_of;
pub use crate::known::{FactKey, Known};
pub use crate::library::OwnLibrary;
pub use crate::machine::code as machine_facts;
pub use crate::natives::{
    COMMON_ARGUMENTS, also_takes, globals, literal_expression, login_of, template_environment,
};
pub use crate::outside::{Machine, Outside};
pub use crate::peers::Peers;
pub use crate::plan::{Action, Attribute, Change, Difference, Doubt, HostPlan, Operation, Verdict};
pub use crate::receiving::Fetch;
pub use crate::recording::Recorder;
pub use crate::secrets::Secrets;
pub use crate::setting::Setting;
pub use crate::settle::{DeployError, check, outline, settle, settle_with};
pub use crate::testing::{Shown, TestProblem, TestResult, run_test, test_globals, tests_of};
pub use crate::trace::{TracedEnd, TracedPass, Tracer};
