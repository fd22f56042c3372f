//! What is going to be done on hosts, and what became of it.

mod difference;
mod json;
mod outcome;
mod plan;

pub use json::{write_host_outcome, write_host_plan, write_hosts_summary};
pub use outcome::{failure_text, summary_line};
pub use plan::{HostsStyle, host_plan_text, names_text, operation_text, plan_summary};
