//! Remembers the hashes of large packages, so that they are computed once per change of a file.
//!
//! Responsible for the cache's files: one small JSON document per package directory, in a directory
//! that the caller names. An entry holds only as long as every file of the package has the same
//! size, inode and times. The cache is an aid: whatever goes wrong with it, the package is hashed.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::package_hash::{PackageHash, files_below, hash_directory, hexadecimal};

/// Packages smaller than this are hashed faster than an entry is looked up safely.
const WORTH_CACHING_BYTES: u64 = 1 << 20;

/// File systems stamp times this coarsely at worst among those in common use: a file that was
/// changed twice within it may look unchanged, so hashing waits until the last change is older.
const TIME_STAMP_GRAIN: Duration = Duration::from_millis(20);

/// A directory of remembered hashes, or none.
#[derive(Clone, Debug, Default)]
pub struct DigestCache {
    directory: Option<PathBuf>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    format: u32,
    package: PathBuf,
    files: Vec<Fingerprint>,
    hash: String,
}

/// What changes whenever a file's content does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Fingerprint {
    name: String,
    size: u64,
    modified_ns: u64,
    /// Change of the inode, which, unlike the time of modification, programs cannot set back.
    changed_ns: u64,
    inode: u64,
    device: u64,
}

/// Raised whenever the meaning of an entry changes.
const FORMAT: u32 = 1;

impl DigestCache {
    /// Remembers in a directory, which is made when it is first needed.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        DigestCache { directory: Some(directory.into()) }
    }

    /// Remembers nothing.
    pub fn disabled() -> Self {
        Self::default()
    }

    /// The `h1:` hash of a package directory.
    ///
    /// # Errors
    /// When the package cannot be read; never because of the cache.
    pub fn hash_directory(&self, package: &Path) -> io::Result<PackageHash> {
        let package = std::fs::canonicalize(package)?;
        let Some(entry_path) = self.entry_path(&package) else { return hash_directory(&package) };
        let mut before = fingerprints(&package)?;
        if before.iter().map(|file| file.size).sum::<u64>() < WORTH_CACHING_BYTES {
            return hash_directory(&package);
        }
        if let Some(hash) = recall(&entry_path, &package, &before) {
            return Ok(hash);
        }
        if wait_until_settled(&before) {
            before = fingerprints(&package)?;
        }
        let hash = hash_directory(&package)?;
        if fingerprints(&package)? == before {
            let remembered = Remembered { format: FORMAT, package, files: before, hash: hash.to_string() };
            // A cache that cannot be written costs time only.
            let _ = store(&entry_path, &remembered);
        }
        Ok(hash)
    }

    fn entry_path(&self, package: &Path) -> Option<PathBuf> {
        let directory = self.directory.as_ref()?;
        let digest = Sha256::digest(package.as_os_str().as_encoded_bytes());
        Some(directory.join(format!("{}.json", hexadecimal(&digest[..16]))))
    }
}

fn recall(entry_path: &Path, package: &Path, files: &[Fingerprint]) -> Option<PackageHash> {
    let remembered: Remembered = serde_json::from_slice(&std::fs::read(entry_path).ok()?).ok()?;
    let is_current =
        remembered.format == FORMAT && remembered.package == package && remembered.files == files;
    if is_current { remembered.hash.parse().ok() } else { None }
}

fn store(entry_path: &Path, remembered: &Remembered) -> io::Result<()> {
    let directory = entry_path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer(&mut file, remembered)?;
    file.persist(entry_path).map_err(|error| error.error)?;
    Ok(())
}

/// Sleeps until no file was changed within the grain of time stamps; tells whether it slept.
fn wait_until_settled(files: &[Fingerprint]) -> bool {
    let newest_ns = files.iter().map(|file| file.modified_ns.max(file.changed_ns)).max().unwrap_or(0);
    let settled = SystemTime::UNIX_EPOCH + Duration::from_nanos(newest_ns) + TIME_STAMP_GRAIN;
    match settled.duration_since(SystemTime::now()) {
        Ok(wait) => {
            std::thread::sleep(wait.min(TIME_STAMP_GRAIN));
            true
        }
        Err(_) => false,
    }
}

fn fingerprints(package: &Path) -> io::Result<Vec<Fingerprint>> {
    files_below(package)?
        .into_iter()
        .map(|name| {
            let metadata = std::fs::metadata(package.join(&name))?;
            Ok(fingerprint(name, &metadata))
        })
        .collect()
}

#[cfg(unix)]
fn fingerprint(name: String, metadata: &std::fs::Metadata) -> Fingerprint {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds = |seconds: i64, rest: i64| {
        u64::try_from(seconds).unwrap_or(0).wrapping_mul(1_000_000_000).wrapping_add(rest as u64)
    };
    Fingerprint {
        name,
        size: metadata.len(),
        modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        inode: metadata.ino(),
        device: metadata.dev(),
    }
}

#[cfg(not(unix))]
fn fingerprint(name: String, metadata: &std::fs::Metadata) -> Fingerprint {
    let since_epoch = |time: io::Result<SystemTime>| {
        let age = time.ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        age.map_or(0, |age| u64::try_from(age.as_nanos()).unwrap_or(u64::MAX))
    };
    Fingerprint {
        name,
        size: metadata.len(),
        modified_ns: since_epoch(metadata.modified()),
        changed_ns: since_epoch(metadata.created()),
        inode: 0,
        device: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixture {
        scratch: tempfile::TempDir,
        cache: DigestCache,
    }

    impl Fixture {
        fn new() -> Self {
            let scratch = tempfile::tempdir().expect("makes a directory");
            std::fs::create_dir(scratch.path().join("package")).expect("makes a directory");
            let cache = DigestCache::in_directory(scratch.path().join("cache"));
            Fixture { scratch, cache }
        }

        fn package(&self) -> PathBuf {
            self.scratch.path().join("package")
        }

        fn write(&self, fill: u8, size: usize) {
            std::fs::write(self.package().join("binary"), vec![fill; size]).expect("writes");
        }

        fn hash(&self) -> PackageHash {
            self.cache.hash_directory(&self.package()).expect("hashes")
        }

        fn entries(&self) -> Vec<PathBuf> {
            std::fs::read_dir(self.scratch.path().join("cache"))
                .map(|entries| entries.map(|entry| entry.expect("lists").path()).collect())
                .unwrap_or_default()
        }
    }

    #[test]
    fn remembers_until_a_file_changes() {
        let fixture = Fixture::new();
        fixture.write(1, 2 << 20);
        let hash = fixture.hash();
        assert_eq!(hash, hash_directory(&fixture.package()).expect("hashes"));
        let entry = fixture.entries().pop().expect("has an entry");

        // What comes back is what the entry says: proof that the files were not read again.
        let text = std::fs::read_to_string(&entry).expect("reads");
        std::fs::write(&entry, text.replace(hash.as_str(), "h1:remembered")).expect("writes");
        assert_eq!(fixture.hash().as_str(), "h1:remembered");

        fixture.write(2, 2 << 20);
        assert_eq!(fixture.hash(), hash_directory(&fixture.package()).expect("hashes"));
        std::fs::write(fixture.package().join("more"), "x").expect("writes");
        assert_eq!(fixture.hash(), hash_directory(&fixture.package()).expect("hashes"));
    }

    #[test]
    fn a_change_right_after_hashing_is_seen() {
        let fixture = Fixture::new();
        for fill in 0..10 {
            fixture.write(fill, 1 << 20);
            assert_eq!(fixture.hash(), hash_directory(&fixture.package()).expect("hashes"), "{fill}");
        }
    }

    #[test]
    fn damaged_entries_and_small_packages_are_hashed() {
        let fixture = Fixture::new();
        fixture.write(1, 10);
        fixture.hash();
        assert!(fixture.entries().is_empty());
        fixture.write(1, 2 << 20);
        let hash = fixture.hash();
        std::fs::write(fixture.entries().pop().expect("has an entry"), "{").expect("writes");
        assert_eq!(fixture.hash(), hash);
        let none = DigestCache::disabled();
        assert_eq!(none.hash_directory(&fixture.package()).expect("hashes"), hash);
    }
}
