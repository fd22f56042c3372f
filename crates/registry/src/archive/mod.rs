//! Unpacks packages of providers and modules.
//!
//! Responsible for never writing outside the directory that it was given and for bounding what an
//! archive can unfold to, whatever its directory of contents claims.

mod format;
mod tarball;
mod unpacker;
mod zip_file;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use format::ArchiveFormat;
use unpacker::{Links, Unpacker};

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

impl UnpackLimits {
    /// For modules, which are many small files.
    pub(crate) fn for_modules() -> Self {
        UnpackLimits { bytes_max: 4 << 30, entries_max: 200_000 }
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
    /// It contains a link that leads outside.
    #[error("the archive contains {name:?}, a link that leads out of the package to {target:?}")]
    LinkOutside {
        /// The link's name.
        name: String,
        /// Where it leads.
        target: String,
    },
    /// It contains a second name of a file that it does not contain.
    #[error("the archive contains {name:?}, another name of {target:?}, which is no file in it")]
    LinkToNothing {
        /// The second name.
        name: String,
        /// The first one.
        target: String,
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
    #[error("the archive unpacks to more than {limit}, which no package does")]
    TooLarge {
        /// What is allowed, with its unit.
        limit: String,
    },
    /// A file cannot be written.
    #[error("{path} cannot be written: {}", plumb_source::refusal(.error))]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}

/// Unpacks a zip archive into a directory that exists and is empty; links are refused.
///
/// # Errors
/// When the archive is damaged, dangerous or too large, or cannot be written. Files that were
/// written before that stay; unpack to a place that is thrown away then.
pub fn unpack(archive: &Path, directory: &Path, limits: &UnpackLimits) -> Result<(), UnpackError> {
    let file = File::open(archive).map_err(UnpackError::Archive)?;
    let mut unpacker = Unpacker::new(directory, limits, Links::Refused);
    zip_file::unpack(file, &mut unpacker)?;
    unpacker.finish()
}

/// The same for the archive of a module, which may have links within it.
///
/// # Errors
/// As [`unpack`].
pub(crate) fn unpack_module(
    archive: &Path,
    format: ArchiveFormat,
    directory: &Path,
    limits: &UnpackLimits,
) -> Result<(), UnpackError> {
    let file = File::open(archive).map_err(UnpackError::Archive)?;
    let mut unpacker = Unpacker::new(directory, limits, Links::Within);
    match format {
        ArchiveFormat::Zip => zip_file::unpack(file, &mut unpacker)?,
        ArchiveFormat::Tar(compression) => tarball::unpack(file, compression, &mut unpacker)?,
    }
    unpacker.finish()
}

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
