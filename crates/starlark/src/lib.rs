//! Real code: files of Starlark, the deterministic dialect of Python.
//!
//! Responsible for reading such files, loading what they load, and calling their functions, each within
//! limits: nothing that is written in a file takes for ever, or all memory, or the process down. Whoever
//! uses it says which functions and values there are besides the language's own. It reads files through
//! [`Files`](plumb_source::Files) alone, and prints nothing.

mod calls;
mod context;
mod error;
mod format;
mod limits;
mod loader;
mod nesting;
mod object;
mod overflow;
mod program;
mod sources;

/// The language itself: what whoever adds functions and values to it needs.
pub use starlark as language;

pub use crate::calls::AlsoTakes;
pub use crate::context::Context;
pub use crate::error::{diagnostic, native};
pub use crate::format::format;
pub use crate::limits::Limits;
pub use crate::loader::{Library, Loader};
pub use crate::object::{FrozenObject, Native, Object};
pub use crate::overflow::{is_overflow, stopped_at_overflow};
pub use crate::program::Program;
pub use crate::sources::Sources;
