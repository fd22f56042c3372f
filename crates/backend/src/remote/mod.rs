//! States that a server keeps.
//!
//! Responsible for versions that follow each other, for a lock with an owner, and for the journal of
//! a run, which stays on this machine: a crash loses nothing that the server has not been told yet.
//! How a server is spoken to is for its client.

mod lock;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use plumb_state::journal::Record;
use plumb_state::{
    BackendError, Digest, JournalStore, LockInfo, Recorded, State, StateLock, StateStore, StoredState,
    Version,
};

use crate::blocking::blocking;
use crate::disk::RealDisk;
use crate::identity::{lock_info, random_uuid};
use crate::local::journal::LocalJournal;
use crate::succession::{require_related, says_the_same};
use crate::waiting::lock_within;
use lock::RemoteLock;

/// How a server is asked. Calls wait for its answer.
pub(crate) trait RemoteClient: Send + Sync {
    /// The place, as people know it, without secrets.
    fn place(&self) -> String;

    /// The bytes that are kept; `None` where there are none.
    fn get(&self) -> Result<Option<Vec<u8>>, BackendError>;

    /// Replaces them; `lock` is the identifier of the lock that is held.
    fn put(&self, bytes: &[u8], lock: Option<&str>) -> Result<(), BackendError>;

    /// Tries once to take the lock. Whoever has no locks gives them to everybody.
    fn lock(&self, info: &LockInfo) -> Result<(), BackendError>;

    /// Gives a lock back.
    fn unlock(&self, info: &LockInfo) -> Result<(), BackendError>;

    /// What locks are said to be on; may be empty.
    fn lock_path(&self) -> String {
        String::new()
    }

    /// How a lock that was taken has been lost, where that is known without asking.
    fn lock_loss(&self) -> Option<String> {
        None
    }

    /// Breaks the lock with that identifier.
    fn force_unlock(&self, id: &str) -> Result<LockInfo, BackendError>;
}

/// Where runs on states of servers keep their journals.
#[derive(Clone, Debug, Default)]
pub struct JournalPlace {
    /// A directory of this machine. It should outlive what only speeds things up, such as `.terraform`.
    pub directory: PathBuf,
    /// The version of Terraform that states say they were written by.
    pub terraform_version: String,
}

impl JournalPlace {
    /// The store of a state; `identity` tells it from all others that a backend of this kind can keep.
    pub(crate) fn store(&self, client: Arc<dyn RemoteClient>, kind: &str, identity: &str) -> RemoteStore {
        let digest = Digest::of(identity.as_bytes());
        let name = format!("terraform.tfstate.{kind}-{}.journal", &digest.0[..12]);
        let journal = LocalJournal::new(Arc::new(RealDisk), self.directory.join(name));
        let inner = Inner {
            client,
            journal,
            terraform_version: self.terraform_version.clone(),
            held: Arc::default(),
            writing: Mutex::default(),
        };
        RemoteStore { inner: Arc::new(inner) }
    }

    /// Makes an empty state where there is none, so that others see its workspace in their lists.
    pub(crate) fn begin(&self, client: &dyn RemoteClient) -> Result<(), BackendError> {
        let mut info = lock_info("init", &self.terraform_version);
        info.path = client.lock_path();
        client.lock(&info)?;
        let made = client.get().and_then(|found| match found {
            Some(_) => Ok(()),
            None => {
                let state = State { lineage: random_uuid(), serial: 1, ..State::default() };
                client.put(&plumb_state::file::write(&state, &self.terraform_version), Some(&info.id))
            }
        });
        client.unlock(&info).and(made)
    }
}

/// One state that a server keeps.
pub(crate) struct RemoteStore {
    inner: Arc<Inner>,
}

struct Inner {
    client: Arc<dyn RemoteClient>,
    journal: LocalJournal,
    terraform_version: String,
    /// The identifier of the lock that is held.
    held: Arc<Mutex<Option<String>>>,
    /// One change at a time.
    writing: Mutex<()>,
}

/// What a change of the state is based on.
enum Base {
    /// Exactly this version, or nothing at all.
    Version(Option<Version>),
    /// Whatever is there, if the new state follows from it.
    Related,
    /// Whatever is there.
    Any,
}

impl Inner {
    /// A server may keep the same text formatted otherwise, so versions are told by what they say.
    fn version(state: &State) -> Version {
        let digest = Digest::of(&plumb_state::file::write(state, ""));
        Version { lineage: state.lineage.clone(), serial: state.serial, digest }
    }

    fn parse(&self, bytes: &[u8]) -> Result<Option<StoredState>, BackendError> {
        let read = plumb_state::file::read(bytes).map_err(|error| BackendError::Format {
            place: self.client.place(),
            error,
            backup: None,
        })?;
        let stored = |(state, warnings)| StoredState { version: Self::version(&state), state, warnings };
        Ok(read.map(stored))
    }

    fn read(&self) -> Result<Option<StoredState>, BackendError> {
        match self.client.get()? {
            Some(bytes) if !bytes.is_empty() => self.parse(&bytes),
            _ => Ok(None),
        }
    }

    fn change(&self, mut state: State, base: &Base) -> Result<Version, BackendError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.read()?;
        self.number(&mut state, base, current.as_ref())?;
        let text = |state: &State| plumb_state::file::write(state, &self.terraform_version);
        let mut bytes = text(&state);
        if let Some(current) = &current
            && says_the_same(&text(&current.state), &bytes)
        {
            return Ok(current.version.clone());
        }
        if let Base::Version(Some(base)) = base {
            state.serial = base.serial + 1;
            plumb_state::file::renumber(&mut bytes, state.serial);
        }
        let version = Self::version(&state);
        if self.journal.is_started() {
            self.journal.append_now(&Record::Snapshot {
                lineage: version.lineage.as_str().into(),
                serial: version.serial,
                digest: version.digest.clone(),
            })?;
        }
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.client.put(&bytes, held.as_deref())?;
        Ok(version)
    }

    /// Checks that the change fits what is there, and gives it lineage and the serial of its base.
    fn number(
        &self,
        state: &mut State,
        base: &Base,
        current: Option<&StoredState>,
    ) -> Result<(), BackendError> {
        match base {
            Base::Version(base) => {
                let found = current.map(|current| &current.version);
                if found != base.as_ref() {
                    return Err(BackendError::Moved {
                        place: self.client.place(),
                        expected: base.clone(),
                        found: found.cloned(),
                    });
                }
                state.serial = base.as_ref().map_or(1, |base| base.serial);
                if let Some(base) = base
                    && !base.lineage.is_empty()
                {
                    state.lineage.clone_from(&base.lineage);
                }
            }
            Base::Related => {
                if let Some(current) = current {
                    require_related(&self.client.place(), state, current)?;
                }
            }
            Base::Any => {}
        }
        if state.lineage.is_empty() {
            state.lineage = random_uuid();
        }
        Ok(())
    }

    fn lock(&self, mut info: LockInfo) -> Result<RemoteLock, BackendError> {
        info.path = self.client.lock_path();
        self.client.lock(&info)?;
        Ok(RemoteLock::new(self.client.clone(), info, self.held.clone()))
    }
}

#[async_trait]
impl StateStore for RemoteStore {
    fn place(&self) -> String {
        self.inner.client.place()
    }

    async fn read(&self) -> Result<Option<StoredState>, BackendError> {
        let inner = self.inner.clone();
        blocking(move || inner.read()).await
    }

    /// A run writes its version first and puts its journal away then, so journals are read first: what
    /// is in both does no harm.
    async fn read_with_journals(&self) -> Result<Recorded, BackendError> {
        let inner = self.inner.clone();
        blocking(move || {
            let journals = inner.journal.read_now()?;
            Ok(Recorded { stored: inner.read()?, journals })
        })
        .await
    }

    async fn write(&self, state: &State, base: Option<&Version>) -> Result<Version, BackendError> {
        let (inner, state, base) = (self.inner.clone(), state.clone(), Base::Version(base.cloned()));
        blocking(move || inner.change(state, &base)).await
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
        blocking(move || inner.client.force_unlock(&id)).await
    }

    fn journal(&self) -> Option<Arc<dyn JournalStore>> {
        Some(Arc::new(self.inner.journal.clone()))
    }
}
