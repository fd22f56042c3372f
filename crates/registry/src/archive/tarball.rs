//! Reads packed `tar` archives.
//!
//! Long names and extended headers are read here and not by the library, which would take as much
//! memory for one as the archive says.

use std::fs::File;
use std::io::{self, BufReader, Read};

use super::UnpackError;
use super::format::Compression;
use super::unpacker::Unpacker;

/// More than any name or extended header takes.
const HEADER_BYTES_MAX: u64 = 1 << 20;

/// Room for headers and padding, of which each entry has some.
const OVERHEAD_BYTES_MAX: u64 = 1 << 30;

/// What `xz -9` needs is 64 MiB.
const XZ_MEMORY_KIB_MAX: u32 = 512 << 10;

/// What headers said about the entry that comes next.
#[derive(Default)]
struct Announced {
    name: Option<String>,
    target: Option<String>,
}

pub(super) fn unpack(
    file: File,
    compression: Compression,
    unpacker: &mut Unpacker<'_>,
) -> Result<(), UnpackError> {
    let packed = BufReader::new(file);
    let stream: Box<dyn Read> = match compression {
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
        Compression::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(packed, true, XZ_MEMORY_KIB_MAX)),
    };
    let mut bounded = stream.take(unpacker.bytes_max().saturating_add(OVERHEAD_BYTES_MAX));
    read_entries(&mut bounded, unpacker)?;
    // What follows the last entry is padding, and the checksum of the whole, without which the end may
    // be missing.
    io::copy(&mut bounded, &mut io::sink()).map_err(UnpackError::Archive)?;
    Ok(())
}

fn read_entries(stream: &mut impl Read, unpacker: &mut Unpacker<'_>) -> Result<(), UnpackError> {
    let mut archive = tar::Archive::new(stream);
    let mut announced = Announced::default();
    for entry in archive.entries().map_err(UnpackError::Archive)?.raw(true) {
        let mut entry = entry.map_err(UnpackError::Archive)?;
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() {
            announced.name = Some(text_of(&mut entry)?);
        } else if kind.is_gnu_longlink() {
            announced.target = Some(text_of(&mut entry)?);
        } else if kind.is_pax_local_extensions() {
            read_extensions(&mut entry, &mut announced)?;
        } else if !kind.is_pax_global_extensions() {
            unpack_entry(&mut entry, std::mem::take(&mut announced), unpacker)?;
        }
    }
    Ok(())
}

fn unpack_entry<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    announced: Announced,
    unpacker: &mut Unpacker<'_>,
) -> Result<(), UnpackError> {
    let header = entry.header();
    let kind = header.entry_type();
    let mode = header.mode().unwrap_or(0o644);
    let name = announced.name.unwrap_or_else(|| text(&header.path_bytes()));
    let written_target = header.link_name_bytes().map(|bytes| text(&bytes));
    let target = announced.target.or(written_target).unwrap_or_default();
    if kind.is_dir() || (kind.is_file() && name.ends_with('/')) {
        unpacker.directory(&name)
    } else if kind.is_file() || kind.is_contiguous() {
        unpacker.file(&name, mode, entry)
    } else if kind.is_symlink() {
        unpacker.link(&name, &target)
    } else if kind.is_hard_link() {
        unpacker.copy(&name, mode, &target)
    } else {
        Err(UnpackError::NotAFile { name })
    }
}

/// The text of an entry that holds a name; a zero ends it.
fn text_of(entry: &mut impl Read) -> Result<String, UnpackError> {
    let bytes = bytes_of(entry)?;
    Ok(text(bytes.split(|byte| *byte == 0).next().unwrap_or_default()))
}

fn read_extensions(entry: &mut impl Read, announced: &mut Announced) -> Result<(), UnpackError> {
    let bytes = bytes_of(entry)?;
    for extension in tar::PaxExtensions::new(&bytes) {
        let extension = extension.map_err(UnpackError::Archive)?;
        match extension.key() {
            Ok("path") => announced.name = Some(text(extension.value_bytes())),
            Ok("linkpath") => announced.target = Some(text(extension.value_bytes())),
            _ => {}
        }
    }
    Ok(())
}

fn bytes_of(entry: &mut impl Read) -> Result<Vec<u8>, UnpackError> {
    let mut bytes = Vec::new();
    entry.take(HEADER_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(UnpackError::Archive)?;
    if bytes.len() as u64 > HEADER_BYTES_MAX {
        return Err(UnpackError::TooLarge { limit: format!("{HEADER_BYTES_MAX} bytes for one name") });
    }
    Ok(bytes)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::archive::{ArchiveFormat, UnpackLimits, unpack_module};
    use crate::testing::{TarEntry, tar_gz_bytes};

    fn try_unpack(bytes: &[u8], limits: &UnpackLimits) -> (tempfile::TempDir, Result<(), UnpackError>) {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let archive = scratch.path().join("a.tgz");
        std::fs::write(&archive, bytes).expect("writes");
        let target = scratch.path().join("target");
        std::fs::create_dir(&target).expect("makes a directory");
        let format = ArchiveFormat::of_path("a.tgz").expect("is one");
        let result = unpack_module(&archive, format, &target, limits);
        (scratch, result)
    }

    fn read(scratch: &Path, name: &str) -> String {
        std::fs::read_to_string(scratch.join("target").join(name)).expect("reads")
    }

    #[test]
    fn files_links_and_long_names_are_unpacked() {
        let long = format!("{}/main.tf", "d".repeat(150));
        let entries = [
            TarEntry::File("./a/main.tf", "A"),
            TarEntry::File(&long, "L"),
            TarEntry::Symlink("b", "a"),
            TarEntry::Symlink("a/self.tf", "../b/main.tf"),
            TarEntry::Symlink("nothing", "a/nowhere"),
            TarEntry::HardLink("c.tf", "a/main.tf"),
            TarEntry::File("a/main.tf", "again"),
        ];
        let (scratch, result) = try_unpack(&tar_gz_bytes(&entries), &UnpackLimits::for_modules());
        result.expect("unpacks");
        assert_eq!(read(scratch.path(), "a/main.tf"), "again");
        assert_eq!(read(scratch.path(), &long), "L");
        assert_eq!(read(scratch.path(), "c.tf"), "A");
        if cfg!(unix) {
            assert_eq!(read(scratch.path(), "b/main.tf"), "again");
            assert_eq!(read(scratch.path(), "a/self.tf"), "again");
        }
        assert!(std::fs::symlink_metadata(scratch.path().join("target/nothing")).is_err());
    }

    #[test]
    fn what_leads_outside_is_refused() {
        let cases: [&[TarEntry<'_>]; 7] = [
            &[TarEntry::File("../x", "x")],
            &[TarEntry::File("a/../../x", "x")],
            &[TarEntry::File("/x", "x")],
            &[TarEntry::Symlink("l", "/etc")],
            &[TarEntry::Symlink("a/l", "../../x")],
            // Each is written as if it stayed inside; together they do not.
            &[TarEntry::Symlink("here", "."), TarEntry::Symlink("l", "here/../a.tgz")],
            &[TarEntry::HardLink("l", "../a.tgz")],
        ];
        for (index, entries) in cases.iter().enumerate() {
            let (scratch, result) = try_unpack(&tar_gz_bytes(entries), &UnpackLimits::for_modules());
            let is_refused =
                matches!(result, Err(UnpackError::Escape { .. } | UnpackError::LinkOutside { .. }));
            assert!(is_refused, "{index}: {result:?}");
            assert!(!scratch.path().join("x").exists());
        }
        // Nothing is written through a link: files come first, and then it is in their way.
        let through = [TarEntry::Directory("a"), TarEntry::Symlink("l", "a"), TarEntry::File("l/y", "")];
        let (_scratch, result) = try_unpack(&tar_gz_bytes(&through), &UnpackLimits::for_modules());
        assert!(matches!(result, Err(UnpackError::Twice { .. })), "{result:?}");
    }

    #[test]
    fn truncated_and_overlarge_archives_are_refused() {
        let content = "x".repeat(100_000);
        let whole = tar_gz_bytes(&[TarEntry::File("a", &content)]);
        for length in [0, 5, whole.len() / 2, whole.len() - 4] {
            let (_scratch, result) = try_unpack(&whole[..length], &UnpackLimits::for_modules());
            assert!(matches!(result, Err(UnpackError::Archive(_))), "{length}: {result:?}");
        }
        let limits = UnpackLimits { bytes_max: 99_999, entries_max: 10 };
        let (_scratch, result) = try_unpack(&whole, &limits);
        assert!(matches!(result, Err(UnpackError::TooLarge { .. })), "{result:?}");
        let name = "n".repeat(2 << 20);
        let (_scratch, result) = try_unpack(&tar_gz_bytes(&[TarEntry::File(&name, "")]), &limits);
        assert!(matches!(result, Err(UnpackError::TooLarge { .. })), "{result:?}");
        let many = vec![TarEntry::Directory("d"); 11];
        let (_scratch, result) = try_unpack(&tar_gz_bytes(&many), &limits);
        assert!(matches!(result, Err(UnpackError::TooLarge { .. })), "{result:?}");
    }
}
