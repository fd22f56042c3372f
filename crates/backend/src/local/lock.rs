//! The lock on a state, as Terraform takes it: on the state file itself, with a file beside it that
//! says who holds it.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use plumb_state::{BackendError, LockInfo, StateLock};

use super::Files;
use crate::disk::{Disk, DiskLock, Locking};
use crate::problem::storage;

/// What a store and the lock that it gave out share: the lock is gone when this is empty.
pub(super) type HeldLock = Arc<Mutex<Option<Box<dyn DiskLock>>>>;

/// A lock that is held.
pub(super) struct LocalLock {
    disk: Arc<dyn Disk>,
    files: Files,
    info: LockInfo,
    held: HeldLock,
}

/// Tries once.
pub(super) fn try_lock(
    disk: &Arc<dyn Disk>,
    files: &Files,
    mut info: LockInfo,
) -> Result<LocalLock, BackendError> {
    info.path.clone_from(&files.name);
    // A workspace that was never written to has no directory yet.
    let directory = files.directory();
    if !directory.as_os_str().is_empty() {
        disk.create_directory(directory).map_err(|error| storage("lock", directory, &error))?;
    }
    let held = match disk.lock(&files.output).map_err(|error| storage("lock", &files.output, &error))? {
        Locking::Held(held) => held,
        Locking::Busy(cause) => {
            let info = read_info(disk.as_ref(), &files.lock_info()).map(Box::new);
            return Err(BackendError::Locked { place: files.name.clone(), info, cause });
        }
    };
    let lock =
        LocalLock { disk: disk.clone(), files: files.clone(), info, held: Arc::new(Mutex::new(Some(held))) };
    match lock.write_info() {
        Ok(()) => Ok(lock),
        Err(error) => {
            // Half of it tells nobody anything.
            _ = disk.remove(&files.lock_info());
            Err(storage("write", &files.lock_info(), &error))
        }
    }
}

/// Who says to hold the lock.
pub(super) fn read_info(disk: &dyn Disk, path: &Path) -> Option<LockInfo> {
    LockInfo::from_json(&disk.read(path).ok()??)
}

/// Removes what a holder left behind that ended without giving its lock back.
pub(super) fn force_unlock(disk: &Arc<dyn Disk>, files: &Files, id: &str) -> Result<LockInfo, BackendError> {
    let refuse =
        |cause: String| BackendError::NoSuchLock { place: files.name.clone(), id: id.to_owned(), cause };
    let path = files.lock_info();
    let Some(info) = read_info(disk.as_ref(), &path) else {
        return Err(refuse("nobody holds a lock on it".to_owned()));
    };
    if info.id != id {
        return Err(refuse(format!("its lock has the identifier {:?}", info.id)));
    }
    match disk.lock(&files.output).map_err(|error| storage("lock", &files.output, &error))? {
        Locking::Busy(_) => Err(refuse(format!(
            "{} still runs {:?} on it since {}, and the lock of a running process on a local state ends only with \
             that process: stop it",
            info.who,
            info.command(),
            info.created
        ))),
        Locking::Held(held) => {
            disk.remove(&path).map_err(|error| storage("remove", &path, &error))?;
            remove_unused(disk.as_ref(), files, held.as_ref());
            Ok(info)
        }
    }
}

/// A file that was made only to be locked goes again.
fn remove_unused(disk: &dyn Disk, files: &Files, held: &dyn DiskLock) {
    if held.is_unused() {
        // An empty file left behind counts as no state.
        _ = disk.remove(&files.output);
    }
}

impl LocalLock {
    /// What the store keeps to know whether it holds a lock.
    pub(super) fn held(&self) -> HeldLock {
        self.held.clone()
    }

    fn write_info(&self) -> io::Result<()> {
        // Not synced: after a crash of the machine nobody holds the lock, whatever a file says.
        self.disk.open(&self.files.lock_info())?.overwrite(self.info.to_json().as_bytes())
    }

    fn unlock(&self) -> io::Result<()> {
        let Some(held) = self.held.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Ok(());
        };
        remove_unused(self.disk.as_ref(), &self.files, held.as_ref());
        let path = self.files.lock_info();
        let is_own = read_info(self.disk.as_ref(), &path).is_some_and(|info| info.id == self.info.id);
        // The lock itself goes when `held` does, whatever becomes of the file that speaks of it.
        if is_own { self.disk.remove(&path) } else { Ok(()) }
    }

    fn lost(&self, cause: &str) -> BackendError {
        BackendError::LockLost { place: self.files.name.clone(), cause: cause.to_owned() }
    }
}

#[async_trait]
impl StateLock for LocalLock {
    fn info(&self) -> &LockInfo {
        &self.info
    }

    fn check(&self) -> Result<(), BackendError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = held.as_ref() else { return Err(self.lost("it was given back")) };
        if !held.is_current() {
            return Err(self.lost("another file has taken the place of the state"));
        }
        match read_info(self.disk.as_ref(), &self.files.lock_info()) {
            Some(info) if info.id != self.info.id => {
                Err(self.lost(&format!("{} has taken it, to run {:?}", info.who, info.command())))
            }
            _ => Ok(()),
        }
    }

    async fn release(self: Box<Self>) -> Result<(), BackendError> {
        self.unlock().map_err(|error| storage("unlock", &self.files.lock_info(), &error))
    }
}

impl Drop for LocalLock {
    fn drop(&mut self) {
        // Best effort: the system takes the lock back with the process in any case.
        _ = self.unlock();
    }
}
