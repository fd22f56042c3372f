//! The end of what was written.

use std::collections::VecDeque;

/// How much of what a program wrote is kept for when it fails.
const TAIL_BYTES_MAX: usize = 8 * 1024;

/// The last of many bytes.
#[derive(Default)]
pub(crate) struct Tail(VecDeque<u8>);

impl Tail {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        let excess = self.0.len().saturating_sub(TAIL_BYTES_MAX);
        self.0.drain(..excess);
    }

    pub(crate) fn into_text(self) -> String {
        String::from_utf8_lossy(&Vec::from(self.0)).into_owned()
    }
}
