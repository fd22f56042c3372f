//! One state in a bucket, with its locks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use md5::Digest as _;
use plumb_state::{BackendError, LockInfo};

use super::Shared;
use super::objects::Made;
use crate::remote::RemoteClient;

/// How long a state may lag behind the digest that the table has of it.
const LAG_MAX: Duration = Duration::from_secs(10);
const LAG_PAUSE: Duration = Duration::from_secs(2);

/// One state.
pub(super) struct S3Client {
    pub(super) shared: Arc<Shared>,
    /// Its object.
    pub(super) path: String,
}

impl S3Client {
    fn lock_file(&self) -> String {
        format!("{}.tflock", self.path)
    }

    /// Tells the state from all others, wherever they are.
    pub(super) fn identity(&self) -> String {
        let aws = &self.shared.options.aws;
        let endpoint = aws.endpoints.get(&crate::aws::Service::S3).map(String::as_str).unwrap_or_default();
        format!("{endpoint} {}", self.place())
    }

    /// Removes the state.
    pub(super) fn delete(&self) -> Result<(), BackendError> {
        self.shared.bucket.delete("remove", &self.path)?;
        match &self.shared.table {
            Some(table) => table.forget_digest(&self.lock_path()),
            None => Ok(()),
        }
    }

    fn locked(&self, holder: Option<&[u8]>, cause: &str) -> BackendError {
        let info = holder.and_then(LockInfo::from_json);
        BackendError::Locked { place: self.place(), info: info.map(Box::new), cause: cause.to_owned() }
    }

    fn lock_file_now(&self, info: &LockInfo) -> Result<(), BackendError> {
        if !self.shared.options.uses_lock_file {
            return Ok(());
        }
        let bucket = &self.shared.bucket;
        let key = self.lock_file();
        if let Made::Yes = bucket.put("lock", &key, info.to_json().as_bytes(), true)? {
            return Ok(());
        }
        let holder = bucket.get("lock", &key)?;
        // The answer to the first attempt was lost, and the second one met the lock that it took.
        if is_held_by(holder.as_deref(), &info.id) {
            return Ok(());
        }
        Err(self
            .locked(holder.as_deref(), &format!("the lock file {key} is there already (PreconditionFailed)")))
    }

    fn lock_table_now(&self, info: &LockInfo) -> Result<(), BackendError> {
        let Some(table) = &self.shared.table else { return Ok(()) };
        let path = self.lock_path();
        if let Made::Yes = table.lock(&path, info)? {
            return Ok(());
        }
        let holder = table.holder("lock", &path)?;
        let holder = holder.as_ref().map(String::as_bytes);
        if is_held_by(holder, &info.id) {
            return Ok(());
        }
        Err(self.locked(holder, "the table has the lock already (ConditionalCheckFailedException)"))
    }

    /// Gives the lock file back; `None` where it is not of that lock.
    fn unlock_file(&self, id: &str) -> Result<Option<LockInfo>, BackendError> {
        if !self.shared.options.uses_lock_file {
            return Ok(None);
        }
        let holder = self.shared.bucket.get("unlock", &self.lock_file())?;
        let Some(info) = holder.as_deref().and_then(LockInfo::from_json).filter(|info| info.id == id) else {
            return Ok(None);
        };
        self.shared.bucket.delete("unlock", &self.lock_file())?;
        Ok(Some(info))
    }

    fn unlock_table(&self, id: &str) -> Result<Option<LockInfo>, BackendError> {
        let Some(table) = &self.shared.table else { return Ok(None) };
        let path = self.lock_path();
        let Some(text) = table.holder("unlock", &path)? else { return Ok(None) };
        let Some(info) = LockInfo::from_json(text.as_bytes()).filter(|info| info.id == id) else {
            return Ok(None);
        };
        table.unlock(&path, &text)?;
        Ok(Some(info))
    }

    /// What is there instead of a lock that was to be given back.
    fn holders(&self) -> Result<String, BackendError> {
        let mut holders = Vec::new();
        if self.shared.options.uses_lock_file {
            holders.extend(self.shared.bucket.get("unlock", &self.lock_file())?);
        }
        if let Some(table) = &self.shared.table {
            holders.extend(table.holder("unlock", &self.lock_path())?.map(String::into_bytes));
        }
        let ids: Vec<String> = holders
            .iter()
            .filter_map(|text| LockInfo::from_json(text))
            .map(|info| format!("{:?}", info.id))
            .collect();
        Ok(match (ids.is_empty(), self.shared.has_locks()) {
            (_, false) => "the backend is configured without locks (use_lockfile, dynamodb_table)".to_owned(),
            (true, _) => "nobody has locked it".to_owned(),
            (false, _) => format!("it is locked with {}", ids.join(" and ")),
        })
    }

    fn release(&self, id: &str) -> Result<LockInfo, BackendError> {
        // Both are tried, so that neither is left behind because of the other.
        let (file, table) = (self.unlock_file(id), self.unlock_table(id));
        match (file?, table?) {
            (Some(info), _) | (_, Some(info)) => Ok(info),
            (None, None) => Err(BackendError::NoSuchLock {
                place: self.place(),
                id: id.to_owned(),
                cause: self.holders()?,
            }),
        }
    }
}

fn is_held_by(holder: Option<&[u8]>, id: &str) -> bool {
    holder.and_then(LockInfo::from_json).is_some_and(|info| info.id == id)
}

fn digest(bytes: &[u8]) -> String {
    md5::Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Shared {
    fn has_locks(&self) -> bool {
        self.options.uses_lock_file || self.table.is_some()
    }
}

impl RemoteClient for S3Client {
    fn place(&self) -> String {
        self.shared.bucket.place(&self.path)
    }

    fn lock_path(&self) -> String {
        format!("{}/{}", self.shared.options.bucket, self.path)
    }

    /// Where the table says what the state must be, an older one is not taken for it.
    fn get(&self) -> Result<Option<Vec<u8>>, BackendError> {
        self.shared.require_account()?;
        let begun = Instant::now();
        loop {
            let bytes = self.shared.bucket.get("read", &self.path)?;
            let expected = self.shared.table.as_ref().and_then(|table| table.digest(&self.lock_path()));
            let found = bytes.as_deref().map(digest);
            if expected.is_none() || expected == found {
                return Ok(bytes);
            }
            if begun.elapsed() < LAG_MAX {
                std::thread::sleep(LAG_PAUSE);
                continue;
            }
            return Err(BackendError::Storage {
                action: "read",
                place: self.place(),
                cause: "state data in S3 does not have the expected content".into(),
                advice: format!(
                    "Either the service takes unusually long to show what was written: wait a minute or two and try \
                     again. Or a run was ended between writing the state and writing its digest: look at the state with \
                     the service's own tools, and where it is right, set Digest of the item {:?} in the table {:?} to the \
                     following value: {}",
                    format!("{}-md5", self.lock_path()),
                    self.shared.options.lock_table,
                    found.unwrap_or_default()
                ),
            });
        }
    }

    fn put(&self, bytes: &[u8], _: Option<&str>) -> Result<(), BackendError> {
        self.shared.bucket.put("write", &self.path, bytes, false)?;
        match &self.shared.table {
            Some(table) => table.set_digest(&self.lock_path(), &digest(bytes)),
            None => Ok(()),
        }
    }

    fn lock(&self, info: &LockInfo) -> Result<(), BackendError> {
        self.lock_file_now(info)?;
        self.lock_table_now(info).inspect_err(|_| {
            // Best effort: what keeps us from the other lock is what people must know.
            _ = self.unlock_file(&info.id);
        })
    }

    fn unlock(&self, info: &LockInfo) -> Result<(), BackendError> {
        if self.shared.has_locks() { self.release(&info.id).map(drop) } else { Ok(()) }
    }

    fn force_unlock(&self, id: &str) -> Result<LockInfo, BackendError> {
        self.release(id)
    }
}
