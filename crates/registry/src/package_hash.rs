//! Checksums of provider packages.
//!
//! Responsible for the two schemes that lock files know: `zh:`, the SHA-256 of the archive as it
//! was published, and `h1:`, which covers the files in a package whether it is unpacked or not.
//! It computes and compares; what to trust is decided elsewhere.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::parallel;

/// Large enough that system calls do not matter, small enough to stay in a cache.
const READ_BUFFER_BYTES: usize = 256 * 1024;

/// Directories nested deeper than this are no provider package.
const DIRECTORY_DEPTH_MAX: usize = 256;

/// A checksum with its scheme, such as `h1:edXO...`.
///
/// Schemes that are not known are kept as they are, so that a lock file that a later version wrote
/// does not lose them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageHash(String);

/// Why a text is no checksum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hash string must start with a scheme keyword followed by a colon")]
pub struct PackageHashError;

impl PackageHash {
    const DIRECTORY_SCHEME: &str = "h1";
    const ARCHIVE_SCHEME: &str = "zh";

    /// The `h1:` hash with this digest.
    fn directory(digest: &[u8]) -> Self {
        PackageHash(format!("{}:{}", Self::DIRECTORY_SCHEME, STANDARD.encode(digest)))
    }

    /// The `zh:` hash with this digest.
    pub fn archive(digest: &[u8; 32]) -> Self {
        PackageHash(format!("{}:{}", Self::ARCHIVE_SCHEME, hexadecimal(digest)))
    }

    /// The word before the colon.
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }

    /// What comes after the colon.
    pub fn value(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, value)| value)
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it covers the files in a package.
    pub fn covers_files(&self) -> bool {
        self.scheme() == Self::DIRECTORY_SCHEME
    }

    /// Whether it covers the archive that a package comes in.
    pub fn covers_archive(&self) -> bool {
        self.scheme() == Self::ARCHIVE_SCHEME
    }

    /// Whether packages can be compared with it at all.
    pub fn is_known_scheme(&self) -> bool {
        self.covers_files() || self.covers_archive()
    }
}

impl FromStr for PackageHash {
    type Err = PackageHashError;

    fn from_str(text: &str) -> Result<Self, PackageHashError> {
        match text.split_once(':') {
            Some((scheme, _)) if !scheme.is_empty() => Ok(PackageHash(text.to_owned())),
            _ => Err(PackageHashError),
        }
    }
}

impl fmt::Display for PackageHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A package on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageOnDisk {
    /// Unpacked into a directory.
    Directory(PathBuf),
    /// A zip archive.
    Archive(PathBuf),
}

impl PackageOnDisk {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        match self {
            PackageOnDisk::Directory(path) | PackageOnDisk::Archive(path) => path,
        }
    }

    /// Its `h1:` hash.
    ///
    /// # Errors
    /// When a file cannot be read, or the archive is damaged.
    pub fn files_hash(&self) -> io::Result<PackageHash> {
        match self {
            PackageOnDisk::Directory(path) => hash_directory(path),
            PackageOnDisk::Archive(path) => hash_archive_files(path),
        }
    }

    /// Which of some hashes it has. A directory has no `zh:` hash, so such never match one.
    ///
    /// # Errors
    /// When a file cannot be read, or the archive is damaged.
    pub fn matching(&self, hashes: &[PackageHash]) -> io::Result<Option<PackageHash>> {
        if let PackageOnDisk::Archive(path) = self
            && hashes.iter().any(PackageHash::covers_archive)
        {
            let own = PackageHash::archive(&hash_file(path)?);
            if hashes.contains(&own) {
                return Ok(Some(own));
            }
        }
        if hashes.iter().any(PackageHash::covers_files) {
            let own = self.files_hash()?;
            if hashes.contains(&own) {
                return Ok(Some(own));
            }
        }
        Ok(None)
    }
}

/// The SHA-256 of a file's content.
///
/// # Errors
/// When it cannot be read.
pub fn hash_file(path: &Path) -> io::Result<[u8; 32]> {
    hash_reader(File::open(path)?)
}

fn hash_reader(reader: impl Read) -> io::Result<[u8; 32]> {
    digest_of::<Sha256>(reader).map(Into::into)
}

/// The digest of all that is read.
pub(crate) fn digest_of<D: Digest>(mut reader: impl Read) -> io::Result<sha2::digest::Output<D>> {
    let mut hasher = D::new();
    let mut buffer = vec![0; READ_BUFFER_BYTES];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize()),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The `h1:` hash of a package directory. Links are followed, as when its files are used.
///
/// # Errors
/// When something in it cannot be read.
pub fn hash_directory(directory: &Path) -> io::Result<PackageHash> {
    let root = std::fs::canonicalize(directory)?;
    let names = files_below(&root)?;
    let digests = parallel::map(&names, parallel::processors(), |name| hash_file(&root.join(name)));
    let digests: Vec<[u8; 32]> = digests.into_iter().collect::<io::Result<_>>()?;
    Ok(summarise(names.iter().map(String::as_str).zip(digests)))
}

/// The files below a directory, by their names relative to it with slashes, sorted.
///
/// # Errors
/// When a directory cannot be listed or a name is not text.
pub(crate) fn files_below(root: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut pending = vec![(root.to_path_buf(), String::new(), 0)];
    while let Some((directory, prefix, depth)) = pending.pop() {
        if depth > DIRECTORY_DEPTH_MAX {
            return Err(io::Error::other(format!("{} is nested too deeply", directory.display())));
        }
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.contains('\n')) else {
                let path = entry.path();
                return Err(io::Error::other(format!("{} is not a portable file name", path.display())));
            };
            let relative = format!("{prefix}{name}");
            if entry.file_type()?.is_dir() {
                pending.push((entry.path(), format!("{relative}/"), depth + 1));
            } else {
                names.push(relative);
            }
        }
    }
    names.sort();
    Ok(names)
}

/// The `h1:` hash of the files in a zip archive, without unpacking it to disk.
///
/// # Errors
/// When the archive cannot be read or is damaged.
pub fn hash_archive_files(path: &Path) -> io::Result<PackageHash> {
    let mut archive = zip::ZipArchive::new(io::BufReader::new(File::open(path)?))?;
    let mut files: Vec<(String, usize)> = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index)?;
        if entry.is_dir() {
            continue;
        }
        files.push((entry.name()?.into_owned(), index));
    }
    files.sort();
    let opened = Mutex::new(vec![archive]);
    let digests = parallel::map(&files, parallel::processors(), |(_, index)| {
        // Each thread reads through its own handle; they share the parsed directory.
        let ready = opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        let mut archive = match ready {
            Some(archive) => archive,
            None => zip::ZipArchive::new(io::BufReader::new(File::open(path)?))?,
        };
        let digest = hash_reader(archive.by_index(*index)?)?;
        opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(archive);
        Ok(digest)
    });
    let digests: Vec<[u8; 32]> = digests.into_iter().collect::<io::Result<_>>()?;
    Ok(summarise(files.iter().map(|(name, _)| name.as_str()).zip(digests)))
}

/// The digest of the list of digests, as Go's `dirhash.Hash1` makes it.
fn summarise<'a>(files: impl Iterator<Item = (&'a str, [u8; 32])>) -> PackageHash {
    let mut hasher = Sha256::new();
    for (name, digest) in files {
        hasher.update(format!("{}  {name}\n", hexadecimal(&digest)).as_bytes());
    }
    PackageHash::directory(&hasher.finalize())
}

/// Lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Entry, write_zip};

    #[test]
    fn reads_any_scheme() {
        let hash: PackageHash = "h7:xyz:1".parse().expect("is a hash");
        assert_eq!((hash.scheme(), hash.value(), hash.is_known_scheme()), ("h7", "xyz:1", false));
        for text in ["", "h1", ":x"] {
            assert!(text.parse::<PackageHash>().is_err(), "{text}");
        }
    }

    /// The hashes were computed by Terraform 1.11.4 for packages with the same content.
    #[test]
    fn a_package_has_one_hash_packed_and_unpacked() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let binary = b"#!/bin/sh\n#bar1.1.0linux_amd64\n";
        let archive = scratch.path().join("a.zip");
        let entries = [
            Entry::executable("terraform-provider-bar_v1.1.0_x5", binary),
            Entry::file("sub/LICENSE.txt", b"lic"),
        ];
        write_zip(&archive, &entries);
        let directory = scratch.path().join("unpacked");
        std::fs::create_dir_all(directory.join("sub")).expect("makes a directory");
        std::fs::write(directory.join("terraform-provider-bar_v1.1.0_x5"), binary).expect("writes");
        std::fs::write(directory.join("sub/LICENSE.txt"), "lic").expect("writes");

        let expected = "h1:70omSnNl9BvNtTHQPrN6+EWm9skCh/KWlJdw5jxLDR4=";
        assert_eq!(hash_archive_files(&archive).expect("hashes").as_str(), expected);
        assert_eq!(hash_directory(&directory).expect("hashes").as_str(), expected);

        let hashes = ["zh:00".parse().expect("is a hash"), expected.parse().expect("is a hash")];
        let packages = [PackageOnDisk::Archive(archive.clone()), PackageOnDisk::Directory(directory)];
        for package in &packages {
            let matching = package.matching(&hashes).expect("hashes").expect("matches");
            assert_eq!(matching.as_str(), expected);
            assert_eq!(package.matching(&hashes[..1]).expect("hashes"), None);
        }
        let zh = [PackageHash::archive(&hash_file(&archive).expect("hashes"))];
        assert_eq!(packages[0].matching(&zh).expect("hashes").as_ref(), Some(&zh[0]));
        assert_eq!(packages[1].matching(&zh).expect("hashes"), None);
    }

    #[test]
    fn a_damaged_archive_is_an_error() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let path = scratch.path().join("a.zip");
        std::fs::write(&path, "PK no zip").expect("writes");
        assert!(hash_archive_files(&path).is_err());
    }
}
