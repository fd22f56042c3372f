//! Waiting for a lock that somebody else holds.

use std::time::{Duration, Instant};

use plumb_state::{BackendError, StateLock};

use crate::blocking::blocking;

/// Tries to take a lock until it is free, for at most `wait`.
pub(crate) async fn lock_within<L: StateLock + 'static>(
    wait: Duration,
    try_lock: impl Fn() -> Result<L, BackendError> + Clone + Send + 'static,
) -> Result<Box<dyn StateLock>, BackendError> {
    let deadline = Instant::now() + wait;
    let mut attempt = 0;
    loop {
        match blocking(try_lock.clone()).await {
            Ok(lock) => return Ok(Box::new(lock)),
            Err(BackendError::Locked { .. }) if Instant::now() < deadline => {
                let left = deadline.saturating_duration_since(Instant::now());
                tokio::time::sleep(pause(attempt).min(left)).await;
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// How long to wait before a lock is tried again for the `attempt`th time.
fn pause(attempt: u32) -> Duration {
    Duration::from_millis(100 << attempt.min(4)).min(Duration::from_secs(1))
}
