//! Source files and the places in them.
//!
//! Responsible for holding the text of every file that was read, for naming a piece of it with a
//! [`Span`], and for turning spans into lines and columns. It must not read the disk itself other
//! than through [`Files`], and knows nothing of any grammar.

mod files;
mod map;
mod refusals;
mod span;

pub use files::{DiskFiles, Files, MemoryFiles, as_text, read_file, read_regular_file};
pub use map::{Position, SourceFile, SourceMap};
pub use refusals::{explain_refusal, refusal};
pub use span::{FileId, Span};
