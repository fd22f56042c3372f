//! Reads zip archives.

use std::fs::File;
use std::io::{self, Read};

use super::UnpackError;
use super::unpacker::Unpacker;

/// Longer than any path that a link may lead to.
const TARGET_BYTES_MAX: u64 = 4096;

pub(super) fn unpack(file: File, unpacker: &mut Unpacker<'_>) -> Result<(), UnpackError> {
    let mut archive = zip::ZipArchive::new(io::BufReader::new(file)).map_err(damaged)?;
    unpacker.expect(archive.len())?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        if entry.is_dir() {
            unpacker.directory(&name)?;
        } else if entry.is_symlink() {
            let mut target = String::new();
            entry.take(TARGET_BYTES_MAX).read_to_string(&mut target).map_err(UnpackError::Archive)?;
            unpacker.link(&name, &target)?;
        } else if is_odd(entry.unix_mode()) {
            return Err(UnpackError::NotAFile { name });
        } else {
            let mode = entry.unix_mode().unwrap_or(0o644);
            unpacker.file(&name, mode, &mut entry)?;
        }
    }
    Ok(())
}

/// Whether a mode says that it is something else than a file. Many say nothing of the kind.
fn is_odd(mode: Option<u32>) -> bool {
    !matches!(mode.map(|mode| mode & 0o170_000), None | Some(0 | 0o100_000))
}

fn damaged(error: zip::result::ZipError) -> UnpackError {
    UnpackError::Archive(error.into())
}
