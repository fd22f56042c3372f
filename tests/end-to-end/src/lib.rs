//! Plumb against what it is for: real providers, beside terraform.
//!
//! Responsible for what such a test needs and the machine may lack: an emulator of AWS that runs for
//! one test, and the directory with the provider. It knows nothing of Plumb's own crates.

mod comparison;
mod emulator;
mod setting;
mod tool;

pub use comparison::differences;
pub use emulator::Emulator;
pub use setting::{Setting, example};
pub use tool::{Finished, Tool, copy_configuration, provider_mirror};
