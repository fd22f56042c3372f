//! Plans, states, outputs and events for programs, in the peer's public formats.
//!
//! Responsible for those formats alone, key for key. Everything is written as it is made: a plan of
//! ten thousand resources is never in memory as a tree of JSON.

mod change;
mod checks;
mod configuration;
mod expression;
mod functions;
mod messages;
mod module_tree;
mod outputs;
mod plan;
mod provider_configs;
mod relevance;
mod reports;
mod state;
mod testing;
mod value;
mod writer;

pub use configuration::write_configuration;
pub use functions::write_functions;
pub use messages::{
    LogLevel, change_summary_line, diagnostic_line, drift_lines, event_line, log_line, output_changes_line,
    outputs_line, planned_change_lines, version_line,
};
pub use outputs::{write_output_value, write_outputs};
pub use plan::write_plan;
pub(crate) use relevance::{concerns, relevant_attributes};
pub use reports::{ProviderVersion, VersionReport, write_validation, write_version};
pub use state::write_state;
pub use testing::{
    test_abandoned_line, test_abstract_line, test_cleanup_line, test_diagnostic_line, test_file_line,
    test_made_line, test_printed_line, test_run_line, test_summary_line,
};
