//! One state in files: versions, lock and journal together.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use plumb_state::journal::Record;
use plumb_state::{
    BackendError, Digest, JournalStore, LockInfo, Recorded, State, StateFileError, StateLock, StateStore,
    StoredState, Version,
};

use super::Files;
use super::journal::LocalJournal;
use super::lock::{HeldLock, LocalLock, force_unlock, try_lock};
use super::versions::{Turn, Versions, digest};
use crate::blocking::blocking;
use crate::disk::Disk;
use crate::identity::random_uuid;
use crate::problem::storage;
use crate::succession::{require_related, says_the_same};
use crate::waiting::lock_within;

/// How often versions and journals are read again where runs end meanwhile.
const ATTEMPTS: usize = 8;

/// One state in files.
pub(super) struct LocalStore {
    inner: Arc<Inner>,
}

struct Inner {
    disk: Arc<dyn Disk>,
    files: Files,
    terraform_version: String,
    versions: Versions,
    journal: LocalJournal,
    /// The lock that was given out last.
    held: Mutex<Option<HeldLock>>,
    /// Whether this store has kept the version that it found.
    backed_up: AtomicBool,
    /// Whether this store has written: then its own file is read, whatever was read at first.
    written: AtomicBool,
    /// One change at a time.
    writing: Mutex<()>,
}

impl LocalStore {
    pub(super) fn new(disk: Arc<dyn Disk>, files: Files, terraform_version: String) -> LocalStore {
        let versions = Versions::new(disk.clone(), files.output.clone());
        let journal = LocalJournal::new(disk.clone(), files.beside(".journal"));
        LocalStore {
            inner: Arc::new(Inner {
                disk,
                files,
                terraform_version,
                versions,
                journal,
                held: Mutex::default(),
                backed_up: AtomicBool::new(false),
                written: AtomicBool::new(false),
                writing: Mutex::default(),
            }),
        }
    }
}

/// What a change of the state is based on.
enum Base<'a> {
    /// Exactly this version, or nothing at all.
    Version(Option<&'a Version>),
    /// Whatever is there, if the new state follows from it.
    Related,
    /// Whatever is there.
    Any,
}

impl Inner {
    fn failed(&self, action: &'static str, error: &io::Error) -> BackendError {
        storage(action, &self.files.output, error)
    }

    /// The bytes of the last version.
    fn bytes(&self) -> Result<Option<Vec<u8>>, BackendError> {
        let is_split = self.files.input != self.files.output && !self.written.load(Ordering::Acquire);
        if is_split {
            let bytes = self.disk.read(&self.files.input);
            let bytes = bytes.map_err(|error| storage("read", &self.files.input, &error))?;
            return Ok(bytes.filter(|bytes| !bytes.is_empty()));
        }
        self.versions.read().map_err(|error| self.failed("read", &error))
    }

    fn parse(&self, bytes: &[u8]) -> Result<Option<StoredState>, BackendError> {
        let read = plumb_state::file::read(bytes).map_err(|error| self.invalid(error))?;
        Ok(read.map(|(state, warnings)| StoredState {
            version: Version {
                lineage: state.lineage.clone(),
                serial: state.serial,
                digest: Digest::of(bytes),
            },
            state,
            warnings,
        }))
    }

    fn invalid(&self, error: StateFileError) -> BackendError {
        let backup = self.files.backup.as_ref();
        let backup =
            backup.filter(|path| matches!(self.disk.read(path), Ok(Some(bytes)) if !bytes.is_empty()));
        BackendError::Format {
            place: self.files.name.clone(),
            error,
            backup: backup.map(|path| path.display().to_string()),
        }
    }

    fn read(&self) -> Result<Option<StoredState>, BackendError> {
        let Some(bytes) = self.bytes()? else { return Ok(None) };
        self.parse(&bytes)
    }

    /// A run that ends meanwhile writes its version first and puts its journal away then. So a journal
    /// that was there before the version was read and is gone after it may be in neither.
    fn read_with_journals(&self) -> Result<Recorded, BackendError> {
        for _ in 1..ATTEMPTS {
            let before = self.journal.paths()?;
            let recorded = Recorded { stored: self.read()?, journals: self.journal.read_now()? };
            let after = self.journal.paths()?;
            if before.iter().all(|path| after.contains(path)) {
                return Ok(recorded);
            }
        }
        Ok(Recorded { stored: self.read()?, journals: self.journal.read_now()? })
    }

    /// The version that follows, its bytes unless they are there already, and what it follows.
    fn prepare(
        &self,
        state: &mut State,
        base: &Base<'_>,
    ) -> Result<(Version, Option<Vec<u8>>, Option<Digest>), BackendError> {
        let current = self.bytes()?;
        let before = digest(current.as_deref());
        self.number(state, base, current.as_deref(), before.as_ref())?;
        let mut bytes = plumb_state::file::write(state, &self.terraform_version);
        let is_same = current.as_deref().is_some_and(|current| says_the_same(current, &bytes));
        if !is_same && let Base::Version(Some(base)) = base {
            state.serial = base.serial + 1;
            // The rest of the text stays what it is, and writing it once more would cost as much again.
            plumb_state::file::renumber(&mut bytes, state.serial);
        }
        let version =
            Version { lineage: state.lineage.clone(), serial: state.serial, digest: Digest::of(&bytes) };
        if current.as_deref() == Some(bytes.as_slice()) {
            return Ok((version, None, before));
        }
        if !is_same {
            self.back_up(current.as_deref())?;
        }
        Ok((version, Some(bytes), before))
    }

    /// Checks that the change fits what is there, and gives it lineage and serial. Whether the serial
    /// grows is seen when the text is there to compare.
    fn number(
        &self,
        state: &mut State,
        base: &Base<'_>,
        current: Option<&[u8]>,
        digest: Option<&Digest>,
    ) -> Result<(), BackendError> {
        match base {
            Base::Version(base) => {
                if digest != base.map(|base| &base.digest) {
                    let found = match current {
                        // A file that cannot be read has no serial to name; say what is wrong with it.
                        Some(bytes) => self.parse(bytes)?.map(|stored| stored.version),
                        None => None,
                    };
                    return Err(BackendError::Moved {
                        place: self.files.name.clone(),
                        expected: base.cloned(),
                        found,
                    });
                }
                match base {
                    Some(base) => {
                        state.serial = base.serial;
                        if !base.lineage.is_empty() {
                            state.lineage.clone_from(&base.lineage);
                        }
                    }
                    None => state.serial = 1,
                }
            }
            Base::Related => {
                if let Some(stored) = current.map(|bytes| self.parse(bytes)).transpose()?.flatten() {
                    require_related(&self.files.name, state, &stored)?;
                }
            }
            Base::Any => {}
        }
        if state.lineage.is_empty() {
            state.lineage = random_uuid();
        }
        Ok(())
    }

    /// Keeps the version that this store found, once, before the first change.
    fn back_up(&self, current: Option<&[u8]>) -> Result<(), BackendError> {
        let (Some(path), Some(bytes)) = (&self.files.backup, current) else { return Ok(()) };
        if self.backed_up.load(Ordering::Acquire) {
            return Ok(());
        }
        self.versions.keep(bytes, path).map_err(|error| storage("write", path, &error))?;
        self.backed_up.store(true, Ordering::Release);
        Ok(())
    }

    /// Writes bytes whose version the journal knows by now.
    fn store(&self, bytes: &[u8], turn: Turn) -> Result<(), BackendError> {
        self.versions.write(bytes, turn).map_err(|error| self.failed("write", &error))?;
        self.written.store(true, Ordering::Release);
        self.backed_up.store(true, Ordering::Release);
        Ok(())
    }

    /// Prepares a change, tells the journal, and makes it.
    fn change(&self, state: State, base: &Base<'_>) -> Result<Version, BackendError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.require_lock_unbroken()?;
        let directory = self.files.directory();
        if !directory.as_os_str().is_empty() {
            self.disk.create_directory(directory).map_err(|error| storage("write", directory, &error))?;
        }
        let (version, bytes, turn) = match self.prepare_in_turn(state, base)? {
            (version, None) => return Ok(version),
            (version, Some((bytes, turn))) => (version, bytes, turn),
        };
        if self.journal.is_started() {
            let record = Record::Snapshot {
                lineage: version.lineage.as_str().into(),
                serial: version.serial,
                digest: version.digest.clone(),
            };
            self.journal.append_now(&record)?;
        }
        self.store(&bytes, turn)?;
        Ok(version)
    }

    /// Prepares a change, and keeps others from making theirs in between.
    fn prepare_in_turn(
        &self,
        mut state: State,
        base: &Base<'_>,
    ) -> Result<(Version, Option<(Vec<u8>, Turn)>), BackendError> {
        loop {
            let (version, bytes, before) = self.prepare(&mut state, base)?;
            let Some(bytes) = bytes else { return Ok((version, None)) };
            let turn = self.versions.turn().map_err(|error| self.failed("write", &error))?;
            // Whoever was faster has made another version of it, which this one may not follow from.
            if digest(self.bytes()?.as_deref()) == before {
                return Ok((version, Some((bytes, turn))));
            }
        }
    }

    /// A store that was locked writes only while it is.
    fn require_lock_unbroken(&self) -> Result<(), BackendError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lock) = held.as_ref() else { return Ok(()) };
        let lock = lock.lock().unwrap_or_else(PoisonError::into_inner);
        match lock.as_ref() {
            Some(lock) if !lock.is_current() => Err(BackendError::LockLost {
                place: self.files.name.clone(),
                cause: "another file has taken the place of the state".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    fn lock(&self, info: LockInfo) -> Result<LocalLock, BackendError> {
        let lock = try_lock(&self.disk, &self.files, info)?;
        self.versions.recover().map_err(|error| self.failed("recover", &error))?;
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(lock.held());
        self.backed_up.store(false, Ordering::Release);
        Ok(lock)
    }
}

#[async_trait]
impl StateStore for LocalStore {
    fn place(&self) -> String {
        self.inner.files.name.clone()
    }

    async fn read(&self) -> Result<Option<StoredState>, BackendError> {
        let inner = self.inner.clone();
        blocking(move || inner.read()).await
    }

    async fn read_with_journals(&self) -> Result<Recorded, BackendError> {
        let inner = self.inner.clone();
        blocking(move || inner.read_with_journals()).await
    }

    async fn write(&self, state: &State, base: Option<&Version>) -> Result<Version, BackendError> {
        let (inner, state, base) = (self.inner.clone(), state.clone(), base.cloned());
        blocking(move || inner.change(state, &Base::Version(base.as_ref()))).await
    }

    async fn push(&self, state: &State, force: bool) -> Result<Version, BackendError> {
        let (inner, state) = (self.inner.clone(), state.clone());
        blocking(move || inner.change(state, if force { &Base::Any } else { &Base::Related })).await
    }

    async fn lock(&self, info: LockInfo, wait: Duration) -> Result<Box<dyn StateLock>, BackendError> {
        let inner = self.inner.clone();
        lock_within(wait, move || inner.lock(info.clone())).await
    }

    async fn force_unlock(&self, id: &str) -> Result<LockInfo, BackendError> {
        let (inner, id) = (self.inner.clone(), id.to_owned());
        blocking(move || force_unlock(&inner.disk, &inner.files, &id)).await
    }

    fn journal(&self) -> Option<Arc<dyn JournalStore>> {
        Some(Arc::new(self.inner.journal.clone()))
    }
}
