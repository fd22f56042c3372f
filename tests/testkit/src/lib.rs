//! Running plumb and its peers side by side in tests.
//!
//! Responsible for throw-away workspaces in which a tool runs with nothing but what a test gives it,
//! for cases as data (see `corpus/README.md`), for running a case through two tools, and for saying in
//! what their records differ. It knows commands and file formats, and nothing of Plumb's own crates:
//! what is compared is what users and other programs see.

mod case;
mod compare;
mod console;
mod coverage;
mod deploy_case;
mod excuses;
mod expressions;
mod known;
mod normalise;
mod programs;
mod record;
mod runner;
mod workspace;

pub use case::{Case, CaseError, Cell, Step};
pub use compare::{Difference, compare};
pub use console::{Answer, Console};
pub use coverage::{Behaviour, Coverage};
pub use deploy_case::DeployCase;
pub use excuses::Excuses;
pub use expressions::{Grammar, Random};
pub use known::{KnownDifference, KnownDifferences, open_cases};
pub use programs::{Program, built, plumb, provider_server, terraform};
pub use record::{Aspect, StepRecord};
pub use runner::run_case;
pub use workspace::{Finished, Installation, Workspace, WorkspaceError, platform};

/// Where the testkit's own data lies.
pub fn own_directory() -> std::path::PathBuf {
    std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
