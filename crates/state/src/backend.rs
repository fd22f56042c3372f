//! The contract with the places where state lives.
//!
//! Responsible for what a place promises: whole versions that replace each other only in order, a
//! lock with an owner, and a journal beside the versions. It does none of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::journal::{Damage, Record};
use crate::{BackendError, LockInfo, State};

/// A place with any number of workspaces, each with its own state.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Names of the workspaces that exist: `default` first, the others sorted.
    async fn workspaces(&self) -> Result<Vec<String>, BackendError>;

    /// Whether there can be workspaces besides `default`. Where not, all that concerns others fails.
    fn has_workspaces(&self) -> bool {
        true
    }

    /// Makes a workspace with no state in it; nothing happens where it exists.
    async fn create_workspace(&self, name: &str) -> Result<(), BackendError>;

    /// Forgets a workspace and its state. Whether that still records something is for the caller
    /// to look at; `default` cannot be deleted.
    async fn delete_workspace(&self, name: &str) -> Result<(), BackendError>;

    /// Where the state of a workspace is kept. Reads and makes nothing yet.
    fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, BackendError>;
}

/// Where one state is kept. Cheap to share; the lock belongs to the store that took it.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// The place, as people know it, such as `terraform.tfstate`.
    fn place(&self) -> String;

    /// The last version as it was written, journal not applied; `None` where there is none. See
    /// [`crate::journal::replay`] for what was done since.
    async fn read(&self) -> Result<Option<StoredState>, BackendError>;

    /// The same together with the journals of all runs, so that what a run writes down and puts away
    /// meanwhile is found in the one or in the other.
    async fn read_with_journals(&self) -> Result<Recorded, BackendError>;

    /// Makes `state` the version after `base` (`None`: of a place that held nothing), and returns
    /// that version; serial and, where there is a base, lineage of `state` itself are not looked
    /// at. A state that says the same as the base is no new version, and `base` comes back.
    ///
    /// Fails with [`BackendError::Moved`], having changed nothing, where the place holds another
    /// version than `base`. Durable when it returns. Where the journal is in use it learns of the
    /// version before the version is written, so a crash in between is told from a foreign change.
    async fn write(&self, state: &State, base: Option<&Version>) -> Result<Version, BackendError>;

    /// Makes `state` the version whatever its serial, as `state push` does. Unless forced it must be of the
    /// same lineage and not older than what is there.
    async fn push(&self, state: &State, force: bool) -> Result<Version, BackendError>;

    /// Takes the lock, trying again until `wait` has passed. `info` is shown to others meanwhile;
    /// its path is filled in. Fails with [`BackendError::Locked`] where another holds it.
    async fn lock(&self, info: LockInfo, wait: Duration) -> Result<Box<dyn StateLock>, BackendError>;

    /// Breaks the lock with that identifier, whoever holds it, and returns what was known of it.
    async fn force_unlock(&self, id: &str) -> Result<LockInfo, BackendError>;

    /// The journals beside the state; `None` where the place cannot keep one, in which case the
    /// caller writes versions more often.
    fn journal(&self) -> Option<Arc<dyn JournalStore>>;
}

/// A lock that is held. Dropping it gives it back without saying whether that worked.
#[async_trait]
pub trait StateLock: Send + Sync {
    /// What others are shown.
    fn info(&self) -> &LockInfo;

    /// Whether it is still held: [`BackendError::LockLost`] otherwise. To be asked before each step
    /// that changes anything; cheap.
    fn check(&self) -> Result<(), BackendError>;

    /// Gives it back.
    async fn release(self: Box<Self>) -> Result<(), BackendError>;
}

/// Where journals are kept, one for each run. A run writes its own and nobody else's; the system tells
/// those whose run is alive from those that were left behind.
#[async_trait]
pub trait JournalStore: Send + Sync {
    /// The journals of all runs, the one that began first at the front.
    async fn read(&self) -> Result<Vec<JournalContents>, BackendError>;

    /// Begins this run's own journal, or replaces it, with these records at once, and durably. The
    /// first is a [`Record::Begin`]. Journals of other runs stay as they are.
    async fn start(&self, records: Vec<Record>) -> Result<(), BackendError>;

    /// Puts a record at the end of this run's own journal. The order is that of the calls; the record
    /// is durable when the receipt completes, and records handed over meanwhile share the wait. A record
    /// whose receipt nobody waits for is durable together with one that somebody waits for, or a moment
    /// later. After a failure every later receipt fails too: what the disk holds by then is not known.
    fn append(&self, record: &Record) -> Receipt;

    /// Removes this run's own journal: everything in it is in the state. To be called after
    /// [`StateStore::write`] returned.
    async fn clear(&self) -> Result<(), BackendError>;

    /// Puts these records, which begin as those of [`JournalStore::start`] do, in place of this run's own
    /// journal and of those whose runs have ended, as they were last read; with no records they are
    /// only removed. Everything else in them is in the state. Those of runs that are alive stay.
    async fn take_over(&self, records: Vec<Record>) -> Result<(), BackendError>;
}

/// Completes when a record is durable.
pub type Receipt = Pin<Box<dyn Future<Output = Result<(), BackendError>> + Send + 'static>>;

/// Whose journal it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// The run that asks.
    Own,
    /// Another run, which is alive.
    Running,
    /// A run that has ended without putting its journal away.
    #[default]
    Ended,
}

/// What a journal holds.
#[derive(Clone, Debug, Default)]
pub struct JournalContents {
    /// Whose it is.
    pub owner: Owner,
    /// In order.
    pub records: Vec<Record>,
    /// What could not be read. A torn end is what a crash leaves and no cause for alarm: nothing
    /// that anyone waited for is in it.
    pub damage: Option<Damage>,
}

/// Everything that is kept in one place.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// The last version; `None` where there is none.
    pub stored: Option<StoredState>,
    /// The journals of all runs, the one that began first at the front.
    pub journals: Vec<JournalContents>,
}

/// Names one version of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The history that it belongs to.
    pub lineage: String,
    /// Its number there.
    pub serial: u64,
    /// Its bytes.
    pub digest: Digest,
}

/// A version with what it says.
#[derive(Clone, Debug)]
pub struct StoredState {
    /// What it says.
    pub state: State,
    /// Which one it is.
    pub version: Version,
    /// What had to be left out of a state of an older format.
    pub warnings: plumb_diagnostics::Diagnostics,
}

/// SHA-256 of some bytes, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Digest(pub Arc<str>);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        use sha2::Digest as _;
        Digest(hexadecimal(&sha2::Sha256::digest(bytes)).into())
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
