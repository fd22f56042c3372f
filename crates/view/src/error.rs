//! Why something cannot be shown.

use std::io;

/// Why something cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// It could not be written to where it was to go.
    #[error("the output could not be written: {0}")]
    Write(#[from] io::Error),
    /// The provider's schema of an object is not at hand, so its attributes cannot be read, nor told
    /// apart from secrets.
    #[error("{address} cannot be shown: {reason}")]
    Object {
        /// The object.
        address: String,
        /// What is wrong.
        reason: String,
    },
}
