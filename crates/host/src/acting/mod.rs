//! Changes of a host that need more than a command line.

mod content;
mod file;

pub use content::Content;
pub use file::FileChange;
