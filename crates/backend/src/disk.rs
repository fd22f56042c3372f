//! What the local backend needs of a disk, and the real one.
//!
//! Locks that exclude other programs belong to this process as a whole, and closing *any* handle of
//! a locked file gives its lock away. So a locked file is known to the whole process, and reading it
//! goes through the handle that holds the lock.
//!
//! Drafts and journals are kept to one run by locks of another kind, which belong to the open file:
//! nobody but this program asks for those.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, FlockOperation};

/// A disk. Nothing is durable before it is synced: files by themselves, names by their directory.
pub trait Disk: Send + Sync {
    /// The whole of a file; `None` where there is none.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;

    /// A file to be read and written; made, for its owner only, where there is none.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// The same, and until it is closed nobody else gets it so. Waits for whoever has it; what it
    /// holds meanwhile goes with the file wherever it is renamed to. Where the file system knows no
    /// locks nobody is kept out.
    fn open_alone(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Whether somebody has the file from [`Disk::open_alone`].
    fn is_taken(&self, path: &Path) -> io::Result<bool>;

    /// Gives a file another name, replacing what had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file; nothing happens where there is none.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes a directory and those around it, durably; nothing happens where there is one.
    fn create_directory(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory with everything in it.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;

    /// Names of the directories in a directory; none where there is no such directory.
    fn directories(&self, path: &Path) -> io::Result<Vec<String>>;

    /// Names of the files in a directory that begin so; none where there is no such directory.
    fn files(&self, path: &Path, beginning: &str) -> io::Result<Vec<String>>;

    /// Makes the names in a directory durable.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;

    /// Locks a file against all other processes, making it where there is none.
    fn lock(&self, path: &Path) -> io::Result<Locking>;
}

/// An open file.
pub trait DiskFile: Send + Sync {
    /// Adds bytes at the end.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Writes bytes from that place on.
    fn write_at(&self, offset: usize, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file or fills it up with zeros.
    fn set_length(&self, length: usize) -> io::Result<()>;

    /// Makes sure that so many bytes fit, where the disk can say so; the content stays.
    fn reserve(&self, length: usize) -> io::Result<()>;

    /// Makes the content durable.
    fn sync(&self) -> io::Result<()>;

    /// Makes these bytes the whole content. A crash meanwhile may leave any mixture.
    fn overwrite(&self, bytes: &[u8]) -> io::Result<()> {
        self.reserve(bytes.len())?;
        self.write_at(0, bytes)?;
        self.set_length(bytes.len())
    }
}

/// How an attempt to lock went.
pub enum Locking {
    /// It is locked.
    Held(Box<dyn DiskLock>),
    /// Another holds it; what the system said.
    Busy(String),
}

/// A locked file; dropping it unlocks.
pub trait DiskLock: Send + Sync {
    /// Whether the name still leads to the file that is locked.
    fn is_current(&self) -> bool;

    /// Whether the file was made for the lock and nothing was written to it since.
    fn is_unused(&self) -> bool;
}

/// The disks of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

/// Tells files apart whatever their names: device and number.
type FileId = (u64, u64);

/// The files that this process has locked.
static LOCKED: LazyLock<Mutex<HashMap<FileId, Arc<File>>>> = LazyLock::new(Mutex::default);

fn locked() -> MutexGuard<'static, HashMap<FileId, Arc<File>>> {
    // Whoever panicked left the map whole: each change of it is one insertion or removal.
    LOCKED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn identify(metadata: &std::fs::Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}

/// The handle that holds the lock on the file of that name.
fn locked_handle(path: &Path, locked: &HashMap<FileId, Arc<File>>) -> Option<Arc<File>> {
    let metadata = std::fs::metadata(path).ok()?;
    locked.get(&identify(&metadata)).cloned()
}

fn missing_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn read_whole(file: &File) -> io::Result<Vec<u8>> {
    let size = file.metadata()?.len();
    let mut bytes = vec![0; usize::try_from(size).map_err(|_| ErrorKind::FileTooLarge)?];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], filled as u64) {
            // It was cut short meanwhile.
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// How long to wait for others who write the same file. It takes them moments, unless their disk or
/// they themselves hang.
const TURN: Duration = Duration::from_secs(60);

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

impl Disk for RealDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        // The map stays locked until the file is closed again: a lock taken meanwhile would be lost.
        let locked = locked();
        if let Some(handle) = locked_handle(path, &locked) {
            return read_whole(&handle).map(Some);
        }
        // A pipe would keep us waiting for whoever writes into it, with everybody else behind us.
        missing_is_none(plumb_source::read_regular_file(path))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let locked = locked();
        let file = match locked_handle(path, &locked) {
            Some(handle) => handle,
            None => Arc::new(owner_only().create(true).truncate(false).open(path)?),
        };
        Ok(Box::new(RealFile(file)))
    }

    fn open_alone(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let deadline = Instant::now() + TURN;
        loop {
            let file = owner_only().create(true).truncate(false).open(path)?;
            if !is_refused(rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)) {
                let id = identify(&file.metadata()?);
                // Whoever had it may have renamed or removed it.
                if std::fs::metadata(path).ok().map(|metadata| identify(&metadata)) == Some(id) {
                    return Ok(Box::new(RealFile(Arc::new(file))));
                }
            } else if Instant::now() >= deadline {
                return Err(io::Error::new(
                    ErrorKind::WouldBlock,
                    "another run is writing it and does not end",
                ));
            } else {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    fn is_taken(&self, path: &Path) -> io::Result<bool> {
        let mut options = OpenOptions::new();
        // A pipe in its place would keep us waiting.
        options.read(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        let Some(file) = missing_is_none(options.open(path))? else { return Ok(false) };
        // Asking for a share keeps nobody else from asking.
        Ok(is_refused(rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        missing_is_none(std::fs::remove_file(path)).map(|_| ())
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        // A file in a directory whose name is lost is lost, however often it was synced itself.
        let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let made: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
        std::fs::create_dir_all(path)?;
        made.iter().filter_map(|path| path.parent()).try_for_each(|parent| self.sync_directory(parent))
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir_all(path)
    }

    fn directories(&self, path: &Path) -> io::Result<Vec<String>> {
        let Some(entries) = missing_is_none(std::fs::read_dir(path))? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            // Through links too, as a workspace's directory may be one.
            if std::fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir()) {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    }

    fn files(&self, path: &Path, beginning: &str) -> io::Result<Vec<String>> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let Some(entries) = missing_is_none(std::fs::read_dir(path))? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with(beginning) {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        match File::open(path)?.sync_all() {
            // Some file systems have nothing to sync a directory with.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            result => result,
        }
    }

    fn lock(&self, path: &Path) -> io::Result<Locking> {
        // A file that was renamed or removed between opening and locking it is not the one that
        // others will lock; a few attempts are enough unless someone does that all the time.
        for _ in 0..16 {
            let mut locked = locked();
            if locked_handle(path, &locked).is_some() {
                return Ok(Locking::Busy("another part of this process has locked it".to_owned()));
            }
            let (file, created) = match owner_only().create_new(true).open(path) {
                Ok(file) => (file, true),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => (owner_only().open(path)?, false),
                Err(error) => return Err(error),
            };
            match rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                // In the words that other programs look for.
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => {
                    return Ok(Locking::Busy("resource temporarily unavailable".to_owned()));
                }
                Err(error) => return Err(io::Error::from(error)),
            }
            let id = identify(&file.metadata()?);
            if std::fs::metadata(path).ok().map(|metadata| identify(&metadata)) != Some(id) {
                continue;
            }
            let file = Arc::new(file);
            locked.insert(id, file.clone());
            return Ok(Locking::Held(Box::new(RealLock { path: path.to_owned(), id, file, created })));
        }
        Ok(Locking::Busy("the file is being replaced over and over".to_owned()))
    }
}

/// Whether somebody else has the lock. A file system without locks refuses nobody.
fn is_refused(outcome: rustix::io::Result<()>) -> bool {
    matches!(outcome, Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS))
}

struct RealFile(Arc<File>);

impl DiskFile for RealFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, self.0.metadata()?.len())
    }

    fn write_at(&self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset as u64)
    }

    fn set_length(&self, length: usize) -> io::Result<()> {
        self.0.set_len(length as u64)
    }

    fn reserve(&self, length: usize) -> io::Result<()> {
        let length = length as u64;
        if length > self.0.metadata()?.len() { reserve(&self.0, length) } else { Ok(()) }
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}

/// Makes sure that so many bytes fit, on file systems that can say so.
fn reserve(file: &File, length: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, 0, length) {
        Err(rustix::io::Errno::NOSPC) => Err(ErrorKind::StorageFull.into()),
        Err(rustix::io::Errno::DQUOT) => Err(ErrorKind::QuotaExceeded.into()),
        _ => Ok(()),
    }
}

struct RealLock {
    path: PathBuf,
    id: FileId,
    file: Arc<File>,
    created: bool,
}

impl DiskLock for RealLock {
    fn is_current(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|metadata| identify(&metadata) == self.id)
    }

    fn is_unused(&self) -> bool {
        self.created && self.file.metadata().is_ok_and(|metadata| metadata.len() == 0)
    }
}

impl Drop for RealLock {
    fn drop(&mut self) {
        let mut locked = locked();
        locked.remove(&self.id);
        // Closing would do; a reader that still has the handle must not keep the lock alive.
        _ = rustix::fs::fcntl_lock(&self.file, FlockOperation::Unlock);
    }
}
