//! Schemas kept on disk, so that a provider is asked for its schema once, not once per command.
//!
//! A schema is kept by the digest and the name of the program that it came from: one file may be several
//! providers, and know by its name which it is. Hashing a program of several
//! hundred megabytes takes longer than asking it, so the digest is kept too, by what the file
//! system says of the file. Nothing here is ever needed: what is missing, damaged or cannot be
//! written is as if it had never been there.

mod file;

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use plumb_schema::ProviderSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Protocol, RawSchema};

/// Where schemas and digests of programs are kept.
///
/// The directory is made with the first entry and is for its owner alone. Any number of processes
/// may use it at once: files are replaced as a whole, and two that write the same file write the
/// same content. What others could have written is never read.
#[derive(Clone, Debug)]
pub struct SchemaCache {
    directory: PathBuf,
    decoded: Arc<Decoded>,
}

/// Schemas by the keys of their programs, as far as they have been decoded: all configurations of a
/// provider share one.
#[derive(Default)]
struct Decoded(Mutex<HashMap<String, (Protocol, Arc<ProviderSchema>)>>);

impl fmt::Debug for Decoded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Decoded")
    }
}

/// A file that changed this recently may change again within the same tick of the clock.
const SETTLED_S: u64 = 2;
/// What is remembered of a program's digest is not longer.
const DIGEST_ENTRY_BYTES_MAX: u64 = 4096;

impl SchemaCache {
    /// A cache in a directory, which need not exist.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        SchemaCache { directory: directory.into(), decoded: Arc::default() }
    }

    /// The schema that a program gave when it was last asked, and the protocol that it spoke, if the
    /// program has not changed since. Quick: the program is not read, and of the schema only what is
    /// asked for. Read once by this process, however many ask for it.
    pub fn load(&self, program: &Path) -> Option<(Protocol, Arc<ProviderSchema>)> {
        let identity = FileIdentity::of(&fs::metadata(program).ok()?)?;
        let key = key_of(program, &self.known_digest(&identity)?);
        // Those who ask meanwhile wait: reading it once more would take as long.
        let mut decoded = self.decoded.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = decoded.get(&key) {
            return Some(known.clone());
        }
        let path = self.schema_path(&key);
        let file = self.open(&path)?;
        let remove = move || {
            // The next command asks the program again.
            let _ = fs::remove_file(&path);
        };
        let (protocol, schema) = file::open(file, remove)?;
        let known = (protocol, Arc::new(schema));
        decoded.insert(key, known.clone());
        Some(known)
    }

    /// The SHA-256 of a program, where it is known already. Quick: the program is not read.
    pub fn remembered_digest(&self, program: &Path) -> Option<String> {
        self.known_digest(&FileIdentity::of(&fs::metadata(program).ok()?)?)
    }

    /// Keeps the schema that a program gave.
    pub fn store(&self, program: &Path, schema: &RawSchema) -> io::Result<()> {
        let key = key_of(program, &self.digest(program)?);
        let content = file::pack(schema).ok_or_else(|| io::Error::other("that is no schema"))?;
        self.write(&self.schema_path(&key), &content)
    }

    /// The SHA-256 of a program in hexadecimal. It is computed once per change of the file.
    pub fn digest(&self, program: &Path) -> io::Result<String> {
        let mut file = File::open(program)?;
        let metadata = file.metadata()?;
        let identity = FileIdentity::of(&metadata);
        if let Some(digest) = identity.as_ref().and_then(|identity| self.known_digest(identity)) {
            return Ok(digest);
        }
        let digest = hash(&mut file)?;
        let unchanged = FileIdentity::of(&file.metadata()?) == identity;
        if let Some(identity) = identity
            && unchanged
            && is_settled(&metadata)
        {
            let path = self.digest_path(&identity);
            let entry = DigestEntry { identity, sha256: digest.clone() };
            // The digest is right whether or not it can be kept.
            if let Ok(text) = serde_json::to_vec(&entry) {
                let _ = self.write(&path, &text);
            }
        }
        Ok(digest)
    }

    fn known_digest(&self, identity: &FileIdentity) -> Option<String> {
        let mut text = Vec::new();
        let file = self.open(&self.digest_path(identity))?;
        file.take(DIGEST_ENTRY_BYTES_MAX).read_to_end(&mut text).ok()?;
        let entry: DigestEntry = serde_json::from_slice(&text).ok()?;
        let is_digest = entry.sha256.len() == 64 && entry.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        (entry.identity == *identity && is_digest).then_some(entry.sha256)
    }

    fn schema_path(&self, key: &str) -> PathBuf {
        self.directory.join("schemas").join(key)
    }

    fn digest_path(&self, identity: &FileIdentity) -> PathBuf {
        self.directory.join("digests").join(format!("{:x}-{:x}", identity.device, identity.inode))
    }

    /// Opens a file that nobody but the owner can have written, in a directory of which the same is
    /// true; everything else is as if it were not there.
    fn open(&self, path: &Path) -> Option<File> {
        let directory = path.parent().unwrap_or(&self.directory);
        if !is_own(&fs::symlink_metadata(directory).ok()?) {
            return None;
        }
        let file = open_without_following(path).ok()?;
        let metadata = file.metadata().ok()?;
        (metadata.is_file() && is_own(&metadata)).then_some(file)
    }

    /// Writes a file so that others see it whole or not at all.
    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let directory = path.parent().unwrap_or(&self.directory);
        make_private(directory)?;
        if !is_own(&fs::symlink_metadata(directory)?) {
            return Err(io::Error::other(format!("{} can be written by others", directory.display())));
        }
        // Made for the owner alone.
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(content)?;
        // What is read of a schema later is only recognised as damaged when it is too late to ask.
        file.as_file().sync_all()?;
        file.persist(path).map_err(|problem| problem.error)?;
        Ok(())
    }
}

/// By what a schema is found: a program that knows itself by its name is as many as it has names.
fn key_of(program: &Path, digest: &str) -> String {
    let mut key = Sha256::new();
    key.update(digest);
    key.update(program.file_name().unwrap_or_default().as_encoded_bytes());
    hexadecimal(&key.finalize())
}

fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(directory)
}

/// Whether nobody but the user of this process can write to it.
#[cfg(unix)]
fn is_own(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    !metadata.is_symlink()
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode() & 0o022 == 0
}

#[cfg(not(unix))]
fn is_own(_metadata: &Metadata) -> bool {
    true
}

/// Opens a file to read it, but not where a link leads, and without waiting for the other end of a
/// pipe that somebody put there.
#[cfg(unix)]
fn open_without_following(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open_without_following(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// What must be the same for a file to be taken for unchanged. The time of the last change of the
/// inode is among it, which nobody can set back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FileIdentity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

#[derive(Serialize, Deserialize)]
struct DigestEntry {
    identity: FileIdentity,
    sha256: String,
}

impl FileIdentity {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Option<FileIdentity> {
        use std::os::unix::fs::MetadataExt as _;
        Some(FileIdentity {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    #[cfg(not(unix))]
    fn of(_metadata: &Metadata) -> Option<FileIdentity> {
        None
    }
}

fn is_settled(metadata: &Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
    age.is_some_and(|age| age > Duration::from_secs(SETTLED_S))
}

fn hash(file: &mut File) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1024 * 1024];
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok(hexadecimal(&hasher.finalize()));
        }
        hasher.update(&buffer[..length]);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Writer;

    fn set_old(path: &Path) {
        let past = SystemTime::now() - Duration::from_secs(60);
        File::options().write(true).open(path).unwrap().set_modified(past).unwrap();
    }

    struct Scratch {
        directory: tempfile::TempDir,
        cache: SchemaCache,
        program: PathBuf,
    }

    fn scratch() -> Scratch {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("program");
        fs::write(&program, "one").unwrap();
        set_old(&program);
        let cache = SchemaCache::new(directory.path().join("cache"));
        Scratch { directory, cache, program }
    }

    /// Of a provider with types of these names.
    fn schema(names: &[&str]) -> RawSchema {
        let mut writer = Writer::default();
        for name in names {
            let mut schema = Writer::default();
            schema.number(1, name.len() as u64);
            schema.message(2, &[]);
            writer.entry(2, name, &schema.finish());
        }
        RawSchema { protocol: Protocol::V6, bytes: writer.finish().into() }
    }

    /// What is remembered of a program: its types with the versions of their schemas.
    fn known(cache: &SchemaCache, program: &Path) -> Option<Vec<(String, u64)>> {
        // Nothing is remembered by the process.
        let (protocol, schema) = SchemaCache::new(&cache.directory).load(program)?;
        assert_eq!(protocol, Protocol::V6);
        let version = |name: &str| Some((name.to_owned(), schema.resources.get(name)?.version));
        schema.resources.names().map(|name| version(name)).collect()
    }

    fn of(names: &[&str]) -> Option<Vec<(String, u64)>> {
        Some(names.iter().map(|name| ((*name).to_owned(), name.len() as u64)).collect())
    }

    #[test]
    fn a_program_of_two_names_has_two_schemas() {
        let Scratch { directory: _kept, cache, program } = scratch();
        let other = program.with_file_name("other");
        fs::hard_link(&program, &other).unwrap();
        cache.store(&program, &schema(&["x_a"])).unwrap();
        assert_eq!(known(&cache, &other), None);
        cache.store(&other, &schema(&["y_a"])).unwrap();
        assert_eq!((known(&cache, &program), known(&cache, &other)), (of(&["x_a"]), of(&["y_a"])));
        let both = [&program, &other].map(|program| cache.load(program).unwrap().1);
        assert!(both[0].resources.contains("x_a") && both[1].resources.contains("y_a"));
    }

    #[test]
    fn remembers_until_the_program_changes() {
        let Scratch { directory: _kept, cache, program } = scratch();
        assert_eq!(known(&cache, &program), None);
        cache.store(&program, &schema(&["x_a", "x_long_name", ""])).unwrap();
        assert_eq!(known(&cache, &program), of(&["", "x_a", "x_long_name"]));

        fs::write(&program, "two").unwrap();
        set_old(&program);
        assert_eq!(known(&cache, &program), None);
        cache.store(&program, &schema(&["x_b"])).unwrap();
        assert_eq!(known(&cache, &program), of(&["x_b"]));

        // The same program elsewhere has the same schema as soon as its digest is known.
        let elsewhere = program.with_file_name("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let copy = elsewhere.join("program");
        fs::write(&copy, "one").unwrap();
        set_old(&copy);
        assert_eq!(known(&cache, &copy), None);
        cache.digest(&copy).unwrap();
        assert_eq!(known(&cache, &copy), of(&["", "x_a", "x_long_name"]));
    }

    #[test]
    fn what_was_loaded_stays_readable_while_others_write() {
        let Scratch { directory: _kept, cache, program } = scratch();
        cache.store(&program, &schema(&["x_a"])).unwrap();
        let (_, before) = cache.load(&program).unwrap();
        SchemaCache::new(&cache.directory).store(&program, &schema(&["x_b", "x_c", "x_d"])).unwrap();
        assert_eq!(before.resources.get("x_a").unwrap().version, 3);
        assert!(Arc::ptr_eq(&before, &cache.load(&program).unwrap().1), "read once by each process");
        assert_eq!(known(&cache, &program), of(&["x_b", "x_c", "x_d"]));
    }

    #[test]
    fn digests_are_the_ones_of_everyone() {
        let Scratch { directory: _kept, cache, program } = scratch();
        let expected = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
        assert_eq!(cache.digest(&program).unwrap(), expected);
        assert_eq!(cache.digest(&program).unwrap(), expected);
        assert!(cache.digest(&program.with_file_name("missing")).is_err());
    }

    #[test]
    fn fresh_files_are_hashed_again() {
        let Scratch { directory: _kept, cache, program } = scratch();
        fs::write(&program, "fresh").unwrap();
        cache.digest(&program).unwrap();
        assert!(cache.known_digest(&FileIdentity::of(&fs::metadata(&program).unwrap()).unwrap()).is_none());
    }

    #[test]
    fn damaged_files_are_as_if_missing() {
        let Scratch { directory: _kept, cache, program } = scratch();
        let kept = schema(&["x_a", "x_b"]);
        cache.store(&program, &kept).unwrap();
        let path = cache.schema_path(&key_of(&program, &cache.digest(&program).unwrap()));
        let whole = fs::read(&path).unwrap();
        for position in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[position] ^= 1;
            fs::write(&path, damaged).unwrap();
            let found = known(&cache, &program);
            // Of the protocol there are only two, and the other one reads the same.
            assert!(position == 8 || found.is_none(), "byte {position}: {found:?}");
        }
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(known(&cache, &program), None, "length {length}");
        }
        fs::write(&path, &whole).unwrap();
        assert_eq!(known(&cache, &program), of(&["x_a", "x_b"]));
        fs::write(cache.digest_path(&FileIdentity::of(&fs::metadata(&program).unwrap()).unwrap()), "{")
            .unwrap();
        assert_eq!(known(&cache, &program), None);
    }

    #[test]
    fn what_turns_out_damaged_is_asked_for_again_next_time() {
        let Scratch { directory: _kept, cache, program } = scratch();
        cache.store(&program, &schema(&["x_a", "x_b"])).unwrap();
        let path = cache.schema_path(&key_of(&program, &cache.digest(&program).unwrap()));
        let mut damaged = fs::read(&path).unwrap();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(&path, damaged).unwrap();
        let (_, found) = cache.load(&program).unwrap();
        assert!(found.resources.get("x_a").is_some());
        assert!(path.exists());
        assert!(found.resources.get("x_b").is_none());
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn what_others_can_write_is_as_if_missing_and_is_written_anew() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let Scratch { directory, cache, program } = scratch();
        let kept = schema(&["x"]);
        cache.store(&program, &kept).unwrap();
        let path = cache.schema_path(&key_of(&program, &cache.digest(&program).unwrap()));
        let set_mode =
            |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let elsewhere = directory.path().join("elsewhere");
        fs::copy(&path, &elsewhere).unwrap();
        let spoil: [(&str, &dyn Fn()); 4] = [
            ("writable by others", &|| set_mode(&path, 0o602)),
            ("writable by the group", &|| set_mode(&path, 0o620)),
            ("a link", &|| {
                fs::remove_file(&path).unwrap();
                symlink(&elsewhere, &path).unwrap();
            }),
            ("a pipe that nobody writes to", &|| {
                fs::remove_file(&path).unwrap();
                let kind = rustix::fs::FileType::Fifo;
                rustix::fs::mknodat(rustix::fs::CWD, &path, kind, 0o600.into(), 0).unwrap();
            }),
        ];
        for (name, spoil) in spoil {
            assert_eq!(known(&cache, &program), of(&["x"]), "before it was {name}");
            spoil();
            assert_eq!(known(&cache, &program), None, "{name}");
            cache.store(&program, &kept).unwrap();
        }
        let whole = path.parent().unwrap();
        set_mode(whole, 0o770);
        assert_eq!(known(&cache, &program), None);
        assert!(cache.store(&program, &kept).is_err());
        set_mode(whole, 0o700);
        assert_eq!(known(&cache, &program), of(&["x"]));
    }

    #[test]
    fn many_may_write_at_once() {
        let Scratch { directory: _kept, cache, program } = scratch();
        let names: Vec<String> = (0..1000).map(|number| format!("x_{number:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let kept = schema(&names);
        cache.store(&program, &kept).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        cache.store(&program, &kept).unwrap();
                        assert_eq!(known(&cache, &program), of(&names));
                    }
                });
            }
        });
        let files = fs::read_dir(cache.directory.join("schemas")).unwrap().count();
        assert_eq!(files, 1, "nothing is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let Scratch { directory: _kept, cache, program } = scratch();
        cache.store(&program, &schema(&["x"])).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&cache.directory), 0o700);
        assert_eq!(mode(&cache.schema_path(&key_of(&program, &cache.digest(&program).unwrap()))), 0o600);
    }
}
