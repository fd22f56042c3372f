//! Unpacks provider packages.
//!
//! Responsible for never writing outside the directory that it was given and for bounding what an
//! archive can unfold to, whatever its directory of contents claims.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

/// What an archive may contain.
#[derive(Clone, Debug)]
pub struct UnpackLimits {
    /// Bytes of all files together.
    pub bytes_max: u64,
    /// Number of files and directories.
    pub entries_max: usize,
}

impl Default for UnpackLimits {
    fn default() -> Self {
        // The largest provider of 2025 unpacks to 0.7 GB in two files.
        UnpackLimits { bytes_max: 8 << 30, entries_max: 20_000 }
    }
}

/// Why an archive was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It cannot be read.
    #[error("the archive cannot be read: {0}")]
    Archive(io::Error),
    /// It contains a name that points outside, or that no file can have.
    #[error("the archive contains {name:?}, which is not a path inside the package")]
    Escape {
        /// The name as written.
        name: String,
    },
    /// It contains something that is neither file nor directory.
    #[error("the archive contains {name:?}, which is neither a file nor a directory")]
    NotAFile {
        /// Its name.
        name: String,
    },
    /// It contains the same file twice.
    #[error("the archive contains {name:?} twice")]
    Twice {
        /// Its name.
        name: String,
    },
    /// It contains more than any package should.
    #[error("the archive unpacks to more than {limit}, which no provider package does")]
    TooLarge {
        /// What is allowed, with its unit.
        limit: String,
    },
    /// A file cannot be written.
    #[error("{path} cannot be written: {error}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}

/// Unpacks a zip archive into a directory that exists and is empty.
///
/// # Errors
/// When the archive is damaged, dangerous or too large, or cannot be written. Files that were
/// written before that stay; unpack to a place that is thrown away then.
pub fn unpack(archive: &Path, directory: &Path, limits: &UnpackLimits) -> Result<(), UnpackError> {
    let file = File::open(archive).map_err(UnpackError::Archive)?;
    let mut archive = zip::ZipArchive::new(io::BufReader::new(file)).map_err(damaged)?;
    if archive.len() > limits.entries_max {
        return Err(UnpackError::TooLarge { limit: format!("{} files", limits.entries_max) });
    }
    let mut bytes_left = limits.bytes_max;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        let path = directory.join(inner_path(&name)?);
        if entry.is_dir() {
            make_directory(&path)?;
            continue;
        }
        if entry.is_symlink() {
            return Err(UnpackError::NotAFile { name });
        }
        let mode = entry.unix_mode().unwrap_or(0o644);
        let written = write_file(&mut entry, &path, &name, mode, bytes_left)?;
        if written > bytes_left {
            return Err(UnpackError::TooLarge { limit: format!("{} bytes", limits.bytes_max) });
        }
        bytes_left -= written;
    }
    Ok(())
}

fn damaged(error: zip::result::ZipError) -> UnpackError {
    UnpackError::Archive(error.into())
}

/// The path that a name means below the package's directory. Names that only look harmless on one
/// system are refused on all.
fn inner_path(name: &str) -> Result<PathBuf, UnpackError> {
    let path = Path::new(name);
    let is_inner = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if is_inner && !name.is_empty() && !name.contains(['\\', ':', '\0']) {
        Ok(path.components().filter(|part| matches!(part, Component::Normal(_))).collect())
    } else {
        Err(UnpackError::Escape { name: name.to_owned() })
    }
}

fn make_directory(path: &Path) -> Result<(), UnpackError> {
    std::fs::create_dir_all(path).map_err(|error| UnpackError::Write { path: path.to_path_buf(), error })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Entry, write_zip};

    fn try_unpack(
        entries: &[Entry<'_>],
        limits: &UnpackLimits,
    ) -> (tempfile::TempDir, Result<(), UnpackError>) {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let archive = scratch.path().join("a.zip");
        write_zip(&archive, entries);
        let target = scratch.path().join("target");
        std::fs::create_dir(&target).expect("makes a directory");
        let result = unpack(&archive, &target, limits);
        (scratch, result)
    }

    #[test]
    fn keeps_names_content_and_permissions() {
        let entries = [
            Entry::executable("./a", b"A"),
            Entry::file("d/e/f", b"F"),
            Entry { name: "s", mode: 0o4755, content: b"" },
        ];
        let (scratch, result) = try_unpack(&entries, &UnpackLimits::default());
        result.expect("unpacks");
        let target = scratch.path().join("target");
        assert_eq!(std::fs::read(target.join("a")).expect("reads"), b"A");
        assert_eq!(std::fs::read(target.join("d/e/f")).expect("reads"), b"F");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode =
                |name| std::fs::metadata(target.join(name)).expect("is there").permissions().mode() & 0o7777;
            assert_eq!((mode("a") & 0o700, mode("d/e/f") & 0o700, mode("s") & 0o7000), (0o700, 0o600, 0));
        }
    }

    #[test]
    fn names_that_lead_outside_are_refused() {
        for name in ["../x", "a/../../x", "/etc/x", "a\\..\\x", "C:x"] {
            let (scratch, result) = try_unpack(&[Entry::file(name, b"x")], &UnpackLimits::default());
            assert!(matches!(result, Err(UnpackError::Escape { .. })), "{name}: {result:?}");
            assert!(!scratch.path().join("x").exists(), "{name}");
        }
    }

    #[test]
    fn links_and_repetitions_are_refused() {
        let link = Entry { name: "l", mode: 0o120_777, content: b"/etc/passwd" };
        let (_scratch, result) = try_unpack(&[link], &UnpackLimits::default());
        assert!(matches!(result, Err(UnpackError::NotAFile { .. })), "{result:?}");
        let (_scratch, result) =
            try_unpack(&[Entry::file("a", b"1"), Entry::file("./a", b"2")], &UnpackLimits::default());
        assert!(matches!(result, Err(UnpackError::Twice { .. })), "{result:?}");
    }

    #[test]
    fn archives_unfold_within_limits() {
        let zeros = vec![0; 1 << 20];
        let limits = UnpackLimits { bytes_max: 1 << 20, entries_max: 2 };
        let (_scratch, result) = try_unpack(&[Entry::file("a", &zeros)], &limits);
        result.expect("just fits");
        for entries in [
            vec![Entry::file("a", &zeros), Entry::file("b", b"x")],
            vec![Entry::file("a", b""), Entry::file("b", b""), Entry::file("c", b"")],
        ] {
            let (scratch, result) = try_unpack(&entries, &limits);
            assert!(matches!(result, Err(UnpackError::TooLarge { .. })), "{result:?}");
            let written: u64 = std::fs::read_dir(scratch.path().join("target"))
                .expect("lists")
                .map(|entry| entry.expect("lists").metadata().expect("is there").len())
                .sum();
            assert!(written <= limits.bytes_max + 1);
        }
    }
}
