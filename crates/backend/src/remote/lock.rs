//! A lock that a server keeps.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use plumb_state::{BackendError, LockInfo, StateLock};

use super::RemoteClient;
use crate::blocking::blocking;

/// A lock that is held until it is given back.
pub(super) struct RemoteLock {
    client: Arc<dyn RemoteClient>,
    info: LockInfo,
    /// Its identifier, shared with the store; gone when it was given back.
    held: Arc<Mutex<Option<String>>>,
}

impl RemoteLock {
    pub(super) fn new(
        client: Arc<dyn RemoteClient>,
        info: LockInfo,
        held: Arc<Mutex<Option<String>>>,
    ) -> Self {
        *held.lock().unwrap_or_else(PoisonError::into_inner) = Some(info.id.clone());
        RemoteLock { client, info, held }
    }

    fn unlock(&self) -> Result<(), BackendError> {
        let taken = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        if taken.is_some() { self.client.unlock(&self.info) } else { Ok(()) }
    }
}

#[async_trait]
impl StateLock for RemoteLock {
    fn info(&self) -> &LockInfo {
        &self.info
    }

    /// Asking the server before each step would cost more than most steps, and nobody takes a lock
    /// away but by force.
    fn check(&self) -> Result<(), BackendError> {
        let cause = match self.held.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            true => self.client.lock_loss(),
            false => Some("it was given back".to_owned()),
        };
        match cause {
            Some(cause) => Err(BackendError::LockLost { place: self.client.place(), cause }),
            None => Ok(()),
        }
    }

    async fn release(self: Box<Self>) -> Result<(), BackendError> {
        blocking(move || self.unlock()).await
    }
}

impl Drop for RemoteLock {
    fn drop(&mut self) {
        // Best effort: who could be told of a failure has gone already.
        _ = self.unlock();
    }
}
