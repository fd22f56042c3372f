//! How many instances are under way at once, in all modules together.
//!
//! Responsible for memory that does not grow with the number of modules: whoever walks a
//! configuration asks here before beginning an instance. It must not hold up what could go on: many
//! instances may be waiting for one slow answer, and what has nothing to do with that answer is begun
//! all the same.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

/// More than are ever at work, few enough to cost little memory.
const UNDER_WAY_MAX: usize = 1024;

/// How long nothing has to end before one more is begun than there should be.
const PATIENCE: Duration = Duration::from_millis(1);

/// Lets instances begin.
pub(crate) struct Pace {
    permits: Arc<Semaphore>,
    /// Only one at a time waits for a permit, and with it for the time to be up.
    door: Mutex<()>,
}

/// An instance is under way until this is dropped.
pub(crate) struct UnderWay {
    /// `None` for one that was begun beyond the limit.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Pace {
    pub(crate) fn new(parallelism: usize) -> Self {
        let limit = UNDER_WAY_MAX.max(parallelism.saturating_mul(8).min(Semaphore::MAX_PERMITS));
        Pace { permits: Arc::new(Semaphore::new(limit)), door: Mutex::default() }
    }

    /// Waits until one more may begin.
    pub(crate) async fn begin(&self) -> UnderWay {
        let _door = self.door.lock().await;
        let permit = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned()).await;
        UnderWay { _permit: permit.ok().and_then(Result::ok) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_for_what_does_not_end_goes_on_in_the_end() {
        let pace = Pace::new(1);
        let mut held = Vec::new();
        for _ in 0..UNDER_WAY_MAX + 3 {
            held.push(pace.begin().await);
        }
        assert_eq!(held.iter().filter(|under_way| under_way._permit.is_none()).count(), 3);
        held.clear();
        assert!(pace.begin().await._permit.is_some());
    }
}
