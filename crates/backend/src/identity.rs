//! Who this is, when it is, and identifiers that nobody else makes up.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use plumb_state::LockInfo;
use rand::TryRng as _;
use rand::rngs::SysRng;

/// What to tell others who find the state locked. The store fills in the path.
pub fn lock_info(operation: &str, version: &str) -> LockInfo {
    LockInfo {
        id: random_uuid(),
        operation: operation.to_owned(),
        info: String::new(),
        who: who(),
        version: version.to_owned(),
        created: timestamp(),
        path: String::new(),
    }
}

/// `user@host`.
pub fn who() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let user =
        user.filter(|user| !user.is_empty()).or_else(user_by_number).unwrap_or_else(|| "unknown".to_owned());
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{user}@{host}")
}

/// The name that the system's list of users has for this process's user.
fn user_by_number() -> Option<String> {
    let number = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let mut users = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    users.find(|fields| fields.get(2) == Some(&number.as_str()))?.first().map(|name| (*name).to_owned())
}

/// Now, as RFC 3339 in UTC.
pub fn timestamp() -> String {
    jiff::Timestamp::now().to_string()
}

/// A random UUID, version 4.
pub fn random_uuid() -> String {
    let mut bytes = [0; 16];
    if SysRng.try_fill_bytes(&mut bytes).is_err() {
        // A system that has no randomness to give away yet still has some for its hash tables.
        let hash = |salt: u8| RandomState::new().hash_one(salt).to_le_bytes();
        bytes[..8].copy_from_slice(&hash(0));
        bytes[8..].copy_from_slice(&hash(1));
    }
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
