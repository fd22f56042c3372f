//! Runs of a configuration in tests: what they make, what must hold, and that nothing stays.
//!
//! Responsible for carrying out test files: values of variables, mock providers and overrides, the runs
//! in their order, assertions and expected failures, and the destruction of everything that was made.
//! States are kept in memory. What a plan is and how it is applied is the planner's and the executor's
//! to say; nothing is printed.

mod cleanup;
mod double;
mod execute;
mod expected;
mod file;
mod literal;
mod order;
mod outside;
mod report;
mod store;
mod subject;
mod suite;
mod variables;

pub use report::{Abandoned, Cleanup, FileReport, Made, Observer, Progress, RunReport, Status, SuiteReport};
pub use subject::TestedModule;
pub use suite::{SuiteFile, SuiteRequest, run_suite};
