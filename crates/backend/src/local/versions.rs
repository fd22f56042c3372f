//! Versions of a state in one file, each replacing the one before, in place.
//!
//! In place, because another program that waits for the lock has the file open already: if a new
//! file took its name, that program would lock, read and write the old one, which nobody finds
//! again. So that a crash in the middle loses nothing, the new version is complete under another
//! name before the file is touched, and whoever reads next finishes what was begun.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use plumb_state::Digest;

use super::with_suffix;
use crate::disk::{Disk, DiskFile};

/// What the file begins with while it is written.
const UNFINISHED: &[u8] = b"!";

/// How often a file is read again that somebody has just begun or just finished to write.
const ATTEMPTS: usize = 8;

/// How long to wait for another to finish its version.
const PATIENCE: Duration = Duration::from_secs(60);

/// The right to write the next version. Others, locked or not, wait until it is dropped.
pub(super) struct Turn {
    disk: Arc<dyn Disk>,
    draft: PathBuf,
    file: Box<dyn DiskFile>,
    is_used: bool,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.is_used {
            // What it could not write may be what fills the disk; failing to remove it changes nothing.
            _ = self.disk.remove(&self.draft);
        }
    }
}

/// The file that holds the versions.
pub(super) struct Versions {
    disk: Arc<dyn Disk>,
    path: PathBuf,
}

impl Versions {
    pub(super) fn new(disk: Arc<dyn Disk>, path: PathBuf) -> Versions {
        Versions { disk, path }
    }

    /// A version that is complete while the file itself may not be.
    fn next(&self) -> PathBuf {
        with_suffix(&self.path, ".next")
    }

    /// The same while it is not complete either.
    fn draft(&self) -> PathBuf {
        with_suffix(&self.path, ".next.tmp")
    }

    fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The last version; `None` where there is none. Changes nothing.
    pub(super) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let mut attempt = 1;
        loop {
            let bytes = self.disk.read(&self.path)?.filter(|bytes| !bytes.is_empty());
            match self.disk.read(&self.next())? {
                Some(next) if is_unfinished(bytes.as_deref(), &next) => return Ok(Some(next)),
                // Between the two readings someone has finished what was being written.
                None if bytes.as_ref().is_some_and(|bytes| bytes.starts_with(UNFINISHED))
                    && attempt < ATTEMPTS =>
                {
                    attempt += 1;
                }
                _ => return Ok(bytes),
            }
        }
    }

    /// Waits until nobody else writes.
    pub(super) fn turn(&self) -> io::Result<Turn> {
        let draft = self.draft();
        let file = self.disk.open_alone(&draft)?;
        let turn = Turn { disk: self.disk.clone(), draft, file, is_used: false };
        // Whoever is past the draft still has what it was renamed to.
        let deadline = Instant::now() + PATIENCE;
        while self.disk.is_taken(&self.next())? {
            if Instant::now() >= deadline {
                return Err(io::Error::new(
                    io::ErrorKind::WouldBlock,
                    "another run is writing it and does not end",
                ));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(turn)
    }

    /// Finishes a version that a crash interrupted. Only to be called under the lock.
    pub(super) fn recover(&self) -> io::Result<()> {
        if self.disk.read(&self.next())?.is_none() {
            return Ok(());
        }
        let _turn = self.turn()?;
        let Some(next) = self.disk.read(&self.next())? else { return Ok(()) };
        let bytes = self.disk.read(&self.path)?;
        if is_unfinished(bytes.as_deref(), &next) {
            self.overwrite(&next)?;
        }
        self.disk.remove(&self.next())?;
        self.disk.sync_directory(self.directory())
    }

    /// Makes these bytes the last version, durably.
    pub(super) fn write(&self, bytes: &[u8], mut turn: Turn) -> io::Result<()> {
        self.complete(bytes, &mut turn, &self.next())?;
        self.overwrite(bytes)?;
        self.disk.remove(&self.next())?;
        // If the removal were lost, someone who goes back to an older version would find it undone.
        self.disk.sync_directory(self.directory())
    }

    /// Keeps a copy of a version under another name.
    pub(super) fn keep(&self, bytes: &[u8], path: &Path) -> io::Result<()> {
        let draft = with_suffix(path, ".tmp");
        let file = self.disk.open_alone(&draft)?;
        let mut turn = Turn { disk: self.disk.clone(), draft, file, is_used: false };
        self.complete(bytes, &mut turn, path)
    }

    /// Puts a file in place that is complete from its first moment.
    fn complete(&self, bytes: &[u8], turn: &mut Turn, path: &Path) -> io::Result<()> {
        turn.file.overwrite(bytes)?;
        turn.file.sync()?;
        self.disk.rename(&turn.draft, path)?;
        turn.is_used = true;
        self.disk.sync_directory(path.parent().unwrap_or(Path::new("")))
    }

    /// Half of a version in front of half of another may well be JSON, and of a serial that says it
    /// is the later one. So the file begins with what no JSON begins with until the rest is durable:
    /// neither program takes a mixture for a state.
    fn overwrite(&self, bytes: &[u8]) -> io::Result<()> {
        let file = self.disk.open(&self.path)?;
        let (first, rest) = bytes.split_at(bytes.len().min(1));
        file.reserve(bytes.len())?;
        file.write_at(0, UNFINISHED)?;
        file.sync()?;
        file.write_at(1, rest)?;
        file.set_length(bytes.len())?;
        file.sync()?;
        file.write_at(0, first)?;
        file.sync()?;
        self.disk.sync_directory(self.directory())
    }
}

/// Whether the complete version is still to become the file's content: the file is torn, missing or
/// older. A file that is whole and not older was written by someone since, and stays.
fn is_unfinished(file: Option<&[u8]>, next: &[u8]) -> bool {
    let Some(file) = file.filter(|file| !file.is_empty()) else { return true };
    if file == next {
        return false;
    }
    match (heading(file), heading(next)) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some((lineage, serial)), Some((next_lineage, next_serial))) => {
            lineage == next_lineage && serial < next_serial
        }
    }
}

/// Lineage and serial of a whole state; `None` where it is torn.
fn heading(bytes: &[u8]) -> Option<(String, u64)> {
    let (state, _) = plumb_state::file::read(bytes).ok()??;
    Some((state.lineage, state.serial))
}

/// The digest of a version, where there is one.
pub(super) fn digest(bytes: Option<&[u8]>) -> Option<Digest> {
    bytes.map(Digest::of)
}
