//! What is going to be done on hosts, and what became of it.

mod difference;
mod json;
mod outcome;
mod plan;
mod times;

pub use json::{write_host_outcome, write_host_plan, write_hosts_summary, write_times};
pub use outcome::{failure_text, summary_line};
pub use plan::{HostsStyle, host_plan_text, names_text, operation_text, plan_summary};
pub use times::{Took, duration_text, times_text};
