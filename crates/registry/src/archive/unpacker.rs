//! Writes what an archive contains, within a directory and within limits.
//!
//! Files come first and links last, so that nothing is ever written through a link.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use super::{UnpackError, UnpackLimits};

/// What becomes of symbolic links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    /// No package of this kind has any.
    Refused,
    /// Those are made that lead to something else in the package.
    Within,
}

pub(super) struct Unpacker<'a> {
    directory: &'a Path,
    limits: &'a UnpackLimits,
    links: Links,
    bytes_left: u64,
    entries_left: usize,
    /// Names with what they lead to.
    found_links: Vec<(String, String)>,
}

impl<'a> Unpacker<'a> {
    pub(super) fn new(directory: &'a Path, limits: &'a UnpackLimits, links: Links) -> Self {
        Unpacker {
            directory,
            limits,
            links,
            bytes_left: limits.bytes_max,
            entries_left: limits.entries_max,
            found_links: Vec::new(),
        }
    }

    /// Refuses archives that announce too much.
    pub(super) fn expect(&self, entries: usize) -> Result<(), UnpackError> {
        if entries > self.entries_left { Err(self.too_many()) } else { Ok(()) }
    }

    pub(super) fn bytes_max(&self) -> u64 {
        self.limits.bytes_max
    }

    /// Providers' packages are checked as if for all systems at once; modules may have what this one takes.
    fn is_strict(&self) -> bool {
        self.links == Links::Refused || cfg!(windows)
    }

    /// The path that a name means below the package's directory.
    fn inner_path(&self, name: &str) -> Result<PathBuf, UnpackError> {
        let path = Path::new(name);
        let is_inner = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        // Names that only look harmless on one system.
        let is_doubtful = self.is_strict() && name.contains(['\\', ':']);
        if is_inner && !is_doubtful && !name.is_empty() && !name.contains('\0') {
            Ok(path.components().filter(|part| matches!(part, Component::Normal(_))).collect())
        } else {
            Err(UnpackError::Escape { name: name.to_owned() })
        }
    }

    pub(super) fn directory(&mut self, name: &str) -> Result<(), UnpackError> {
        let path = self.place(name)?;
        make_directory(&path)
    }

    pub(super) fn file(&mut self, name: &str, mode: u32, content: &mut impl Read) -> Result<(), UnpackError> {
        let path = self.place(name)?;
        if path == self.directory.join("") {
            return Err(UnpackError::Escape { name: name.to_owned() });
        }
        if !self.is_strict() && std::fs::symlink_metadata(&path).is_ok_and(|there| there.is_file()) {
            // What was appended to an archive replaces what it had.
            std::fs::remove_file(&path).map_err(|error| UnpackError::Write { path: path.clone(), error })?;
        }
        let written = write_file(content, &path, name, mode, self.bytes_left)?;
        if written > self.bytes_left {
            return Err(UnpackError::TooLarge { limit: format!("{} bytes", self.limits.bytes_max) });
        }
        self.bytes_left -= written;
        Ok(())
    }

    /// Notes a link, which is made when all files are there.
    pub(super) fn link(&mut self, name: &str, target: &str) -> Result<(), UnpackError> {
        self.place(name)?;
        if self.links == Links::Refused {
            return Err(UnpackError::NotAFile { name: name.to_owned() });
        }
        let leads_outside = || UnpackError::LinkOutside { name: name.to_owned(), target: target.to_owned() };
        let parent = self.inner_path(name)?.parent().map_or(0, |parent| parent.components().count());
        if !stays_within(parent, target) {
            return Err(leads_outside());
        }
        self.found_links.push((name.to_owned(), target.to_owned()));
        Ok(())
    }

    /// A second name of a file that came before: a copy of it.
    pub(super) fn copy(&mut self, name: &str, mode: u32, of: &str) -> Result<(), UnpackError> {
        let original = self.directory.join(self.inner_path(of)?);
        let is_there = std::fs::symlink_metadata(&original).is_ok_and(|there| there.is_file());
        if !is_there {
            return Err(UnpackError::LinkToNothing { name: name.to_owned(), target: of.to_owned() });
        }
        let fail = |error| UnpackError::Write { path: original.clone(), error };
        let mut file = std::fs::File::open(&original).map_err(fail)?;
        self.file(name, mode, &mut file)
    }

    /// Makes the links. Those that lead to nothing are left out: there is nothing to read there.
    pub(super) fn finish(self) -> Result<(), UnpackError> {
        let fail = |path: &Path, error| UnpackError::Write { path: path.to_path_buf(), error };
        let root = self.directory.canonicalize().map_err(|error| fail(self.directory, error))?;
        let mut made = Vec::new();
        for (name, target) in &self.found_links {
            let path = self.directory.join(self.inner_path(name)?);
            if let Some(parent) = path.parent() {
                make_directory(parent)?;
            }
            match make_link(target, &path) {
                Ok(()) => made.push((name, target, path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(UnpackError::Twice { name: name.clone() });
                }
                Err(error) => return Err(fail(&path, error)),
            }
        }
        // Links may lead through each other, so each is followed once all are there.
        for (name, target, path) in made {
            match path.canonicalize() {
                Ok(end) if end.starts_with(&root) => {}
                Ok(_) => {
                    return Err(UnpackError::LinkOutside { name: name.clone(), target: target.clone() });
                }
                Err(_) => std::fs::remove_file(&path).map_err(|error| fail(&path, error))?,
            }
        }
        Ok(())
    }

    /// The path of an entry, which counts.
    fn place(&mut self, name: &str) -> Result<PathBuf, UnpackError> {
        let inner = self.inner_path(name)?;
        self.entries_left = self.entries_left.checked_sub(1).ok_or_else(|| self.too_many())?;
        Ok(self.directory.join(inner))
    }

    fn too_many(&self) -> UnpackError {
        UnpackError::TooLarge { limit: format!("{} files", self.limits.entries_max) }
    }
}

/// Whether a link that stands so many directories deep is written as one that stays in the package.
fn stays_within(mut depth: usize, target: &str) -> bool {
    if target.is_empty() || target.contains('\0') {
        return false;
    }
    for part in Path::new(target).components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

fn make_directory(path: &Path) -> Result<(), UnpackError> {
    std::fs::create_dir_all(path).map_err(|error| UnpackError::Write { path: path.to_path_buf(), error })
}

#[cfg(unix)]
fn make_link(target: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Links need privileges elsewhere, and what they would lead to is not there under this name.
#[cfg(not(unix))]
fn make_link(_: &str, _: &Path) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// Writes at most one byte more than is allowed, and returns how many.
fn write_file(
    entry: &mut impl Read,
    path: &Path,
    name: &str,
    mode: u32,
    bytes_left: u64,
) -> Result<u64, UnpackError> {
    let fail = |error: io::Error| UnpackError::Write { path: path.to_path_buf(), error };
    if let Some(parent) = path.parent() {
        make_directory(parent)?;
    }
    // `create_new` also refuses to write through a link or over an earlier file.
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    set_mode(&mut options, mode);
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(UnpackError::Twice { name: name.to_owned() });
        }
        Err(error) => return Err(fail(error)),
    };
    let mut buffer = vec![0; 256 * 1024];
    let mut written = 0;
    let mut bounded = entry.take(bytes_left.saturating_add(1));
    loop {
        let count = match bounded.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(UnpackError::Archive(error)),
        };
        file.write_all(&buffer[..count]).map_err(fail)?;
        written += count as u64;
    }
    Ok(written)
}

/// The permission bits only, less what the process's mask takes away; never set-user-id and such.
#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, mode: u32) {
    use std::os::unix::fs::OpenOptionsExt;
    // Whatever the archive says, the owner must be able to read and to remove it.
    options.mode((mode & 0o777) | 0o600);
}

#[cfg(not(unix))]
fn set_mode(_: &mut OpenOptions, _: u32) {}
