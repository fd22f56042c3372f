//! The state of a run, kept in memory and nowhere else.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use plumb_state::{
    BackendError, Digest, JournalStore, LockInfo, Recorded, State, StateLock, StateStore, StoredState,
    Version,
};

/// Keeps one state for as long as the test lasts.
#[derive(Default)]
pub(crate) struct MemoryStore {
    stored: Mutex<Option<StoredState>>,
}

const PLACE: &str = "of the test, in memory";

impl MemoryStore {
    fn put(&self, state: &State, base: Option<&Version>) -> Version {
        let serial = base.map_or(0, |base| base.serial) + 1;
        let lineage = base.map_or_else(|| state.lineage.clone(), |base| base.lineage.clone());
        // Nobody else writes here, so the number tells versions apart.
        let digest = Digest::of(&serial.to_le_bytes());
        let version = Version { lineage: lineage.clone(), serial, digest };
        let state = State { serial, lineage, ..state.clone() };
        let stored = StoredState { state, version: version.clone(), warnings: Default::default() };
        *self.stored.lock().unwrap_or_else(PoisonError::into_inner) = Some(stored);
        version
    }

    fn get(&self) -> Option<StoredState> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl StateStore for MemoryStore {
    fn place(&self) -> String {
        PLACE.to_owned()
    }

    async fn read(&self) -> Result<Option<StoredState>, BackendError> {
        Ok(self.get())
    }

    async fn read_with_journals(&self) -> Result<Recorded, BackendError> {
        Ok(Recorded { stored: self.get(), journals: Vec::new() })
    }

    async fn write(&self, state: &State, base: Option<&Version>) -> Result<Version, BackendError> {
        Ok(self.put(state, base))
    }

    async fn push(&self, state: &State, _force: bool) -> Result<Version, BackendError> {
        let base = self.get().map(|stored| stored.version);
        Ok(self.put(state, base.as_ref()))
    }

    async fn lock(&self, info: LockInfo, _wait: Duration) -> Result<Box<dyn StateLock>, BackendError> {
        Ok(Box::new(MemoryLock { info }))
    }

    async fn force_unlock(&self, id: &str) -> Result<LockInfo, BackendError> {
        let cause = "it is in the memory of this process, where nobody else comes".to_owned();
        Err(BackendError::NoSuchLock { place: self.place(), id: id.to_owned(), cause })
    }

    fn journal(&self) -> Option<Arc<dyn JournalStore>> {
        None
    }
}

/// A lock on what nobody else reaches.
#[derive(Default)]
pub(crate) struct MemoryLock {
    info: LockInfo,
}

#[async_trait]
impl StateLock for MemoryLock {
    fn info(&self) -> &LockInfo {
        &self.info
    }

    fn check(&self) -> Result<(), BackendError> {
        Ok(())
    }

    async fn release(self: Box<Self>) -> Result<(), BackendError> {
        Ok(())
    }
}
