//! Puts directories where they belong, at once or not at all.

use std::io;
use std::path::{Path, PathBuf};

/// Something could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be written: {}", plumb_source::refusal(.error))]
pub struct StoreError {
    /// What.
    pub path: PathBuf,
    /// Why.
    pub error: io::Error,
}

/// Deeper directories are a mistake, or go round in a circle.
const DEPTH_MAX: usize = 256;

pub(super) fn store_error(path: &Path, error: io::Error) -> StoreError {
    StoreError { path: path.to_owned(), error }
}

/// Moves a directory to its place; what was there before is put aside, and comes back if that fails.
pub(super) fn put(fresh: &Path, target: &Path, aside: &Path) -> Result<(), StoreError> {
    match std::fs::rename(target, aside) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(store_error(target, error)),
    }
    std::fs::rename(fresh, target).map_err(|error| {
        // Should that fail too, there is nothing better to tell than the first failure.
        let _ = std::fs::rename(aside, target);
        store_error(target, error)
    })
}

/// Copies a directory, links as links.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    if std::fs::symlink_metadata(from).is_ok_and(|metadata| metadata.is_symlink()) {
        return copy_link(from, to);
    }
    copy_content(from, to)
}

/// Copies what is in a directory to one that need not be there.
pub(super) fn copy_content(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut waiting = vec![(from.to_owned(), to.to_owned(), 0)];
    while let Some((from, to, depth)) = waiting.pop() {
        if depth > DEPTH_MAX {
            return Err(store_error(&from, io::Error::other("its directories are nested too deeply")));
        }
        std::fs::create_dir_all(&to).map_err(|error| store_error(&to, error))?;
        let entries = std::fs::read_dir(&from).map_err(|error| store_error(&from, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| store_error(&from, error))?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type().map_err(|error| store_error(&source, error))?;
            if kind.is_dir() {
                waiting.push((source, target, depth + 1));
            } else if kind.is_symlink() {
                copy_link(&source, &target)?;
            } else {
                std::fs::copy(&source, &target).map_err(|error| store_error(&target, error))?;
            }
        }
    }
    Ok(())
}

fn copy_link(from: &Path, to: &Path) -> Result<(), StoreError> {
    let leads_to = std::fs::read_link(from).map_err(|error| store_error(from, error))?;
    link(&leads_to, to).map_err(|error| store_error(to, error))
}

/// Makes a link to a directory or a file.
#[cfg(unix)]
pub(super) fn link(leads_to: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(leads_to, path)
}

/// Links need privileges elsewhere; a copy does too.
#[cfg(not(unix))]
pub(super) fn link(leads_to: &Path, path: &Path) -> io::Result<()> {
    let base = path.parent().unwrap_or(Path::new("."));
    let source = base.join(leads_to);
    if source.is_dir() {
        copy_content(&source, path).map_err(|error| error.error)
    } else {
        std::fs::copy(source, path).map(drop)
    }
}
