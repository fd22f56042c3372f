//! Everything outside of the process that the providers touch, behind one trait.
//!
//! Responsible for the clock, randomness, files and waiting. Nothing else in this crate reaches out
//! of the process, so a test that brings its own [`World`] sees and decides everything.

mod machine;

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

pub use machine::Machine;

/// What the providers need of the machine they run on.
#[async_trait]
pub trait World: Send + Sync {
    /// The time of day.
    fn now(&self) -> SystemTime;

    /// Fills the buffer with randomness fit for secrets.
    fn fill_random(&self, buffer: &mut [u8]) -> io::Result<()>;

    /// What lies at a path, links followed; `None` if nothing does.
    fn look_at(&self, path: &Path) -> io::Result<Option<Entry>>;

    /// The content of a file.
    fn read_file(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Gives a file this content, all of it or none. A file that is not there yet is created with
    /// these permissions, less the process's mask; the permissions of one that is there stay.
    fn write_file(&self, path: &Path, content: &[u8], permissions: u32) -> io::Result<()>;

    /// Creates a directory and those above it that are missing, with these permissions less the
    /// process's mask.
    fn create_directories(&self, path: &Path, permissions: u32) -> io::Result<()>;

    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Returns after this long.
    async fn sleep(&self, duration: Duration);
}

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A directory.
    Directory,
    /// A file, or anything else that is not a directory.
    File,
}
