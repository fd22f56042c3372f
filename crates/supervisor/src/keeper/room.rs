//! Whether there is room for one more spare.

use std::path::Path;
use std::time::Duration;

use crate::Limits;
use crate::fingerprint::Fingerprint;
use crate::listing::{describe, stop};
use crate::place::Place;

/// How many spares are kept that are alike: one is enough for most, and each takes memory.
pub(crate) const ALIKE_MAX: usize = 2;
/// How long another keeper may look for room at the same time.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Where a spare is kept, and what may be kept there.
pub(super) struct Room {
    pub(super) place: Place,
    pub(super) limits: Limits,
}

impl Room {
    /// Whether there are enough spares that are alike.
    pub(super) fn is_full(&self, fingerprint: &Fingerprint) -> bool {
        self.place.sockets(Some(fingerprint)).len() >= ALIKE_MAX
    }

    /// Ends spares of others, the oldest first, until there is room for one of that size. Whether
    /// there is.
    pub(super) async fn make(&self, own_socket: &Path, own_bytes: u64) -> bool {
        if own_bytes > self.limits.memory_bytes_max {
            return false;
        }
        // Without the lock two could each take the other for too much, and both would end.
        let Ok(_lock) = self.place.lock(LOCK_PATIENCE).await else { return false };
        let mut others = Vec::new();
        for socket in self.place.sockets(None) {
            if socket != own_socket
                && let Ok(description) = describe(&socket).await
            {
                others.push((description.started_unix_s, description.memory_bytes, socket));
            }
        }
        others.sort();
        let mut total = others.iter().fold(own_bytes, |sum, (_, bytes, _)| sum.saturating_add(*bytes));
        for (_, bytes, socket) in others {
            if total <= self.limits.memory_bytes_max {
                break;
            }
            if stop(&socket).await.is_ok() {
                total = total.saturating_sub(bytes);
            }
        }
        total <= self.limits.memory_bytes_max
    }
}
