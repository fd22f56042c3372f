//! How many files a process may have open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What everything else needs.
const OTHERS: u64 = 200;
/// A host in a container or on this machine has three pipes.
const FILES_OF_A_HOST: u64 = 3;
/// More hosts than that at once nobody wants.
const MOST: u64 = 1 << 20;

/// Raises the limit as far as that is allowed, and says how many connections may be open at once.
pub(super) fn connections_max() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(MOST).min(MOST);
    let raised = Rlimit { current: Some(most), maximum: limit.maximum };
    let allowed = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => most,
        Err(_) => limit.current.unwrap_or(MOST),
    };
    usize::try_from(allowed.saturating_sub(OTHERS) / FILES_OF_A_HOST).unwrap_or(usize::MAX).max(1)
}
