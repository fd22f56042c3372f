//! Modules from elsewhere.
//!
//! Responsible for understanding where a module comes from and for bringing it to its place, at once
//! or not at all. It keeps no record of what is installed, and does not read configurations.

mod git;
mod git_source;

pub use git::{ModuleError, install};
pub use git_source::GitSource;
