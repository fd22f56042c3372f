//! Refuses costs that grow faster than the work.
//!
//! Responsible for the work that is measured, at any size, and for telling growth from the figures.
//! What is counted, allocations or instructions, is up to the tests: neither is moved by what else
//! the machine does, as time is.

mod growth;
mod work;

pub use growth::{Growth, SIZES};
pub use work::{configuration, stages};
