//! Plans, states and values for people.
//!
//! Responsible for a layout that shows what changes and leaves out what does not: a plan is read by
//! somebody who has to say yes. So what is alike in a long plan is drawn once and named, unless all of
//! it is asked for. The lines that wrappers search for keep their words.

mod alike;
mod block;
mod changes;
mod comparison;
mod difference;
mod found_object;
mod heading;
mod listing;
mod modules;
mod names;
mod others;
mod outline;
mod plan;
mod quote;
mod render;
mod sequence;
mod state;
mod strings;
mod summary;
mod testing;
mod types;
mod value;

pub use changes::Detail;
pub use found_object::{FoundObject, found_object_block, write_found_objects};
pub use plan::write_plan;
pub use state::{write_object, write_state};
pub use summary::{Summary, summary, summary_line};
pub(crate) use testing::{still_recorded, suite_summary};
pub use testing::{test_abandoned, test_cleanup, test_file, test_run, test_status, test_summary};
pub use types::format_type;
pub use value::{format_value, raw_value, write_outputs};
