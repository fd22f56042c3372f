//! Types and values as JSON.
//!
//! Responsible for the form that state files, plans, `jsonencode` and variable files have. Both
//! ways go straight between text and values, without a tree in between, for state files are large.
//! What is read is limited in depth, and errors say where in the value they are.

mod decode;
mod encode;
mod scanner;
mod types;

use std::fmt;

pub use self::decode::{decode, decode_implied, implied_type};
pub use self::encode::{encode, encode_into, encode_untyped, write_string};
pub use self::types::{decode_type, encode_type, write_type};
use crate::Path;

/// Deepest nesting that is read.
pub(crate) const DEPTH_LIMIT: usize = 256;

/// Why a value could not be read or written.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonError {
    /// Which part of the value it is about.
    pub path: Path,
    /// Where in the text it is, in bytes; none when writing.
    pub offset: Option<usize>,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.0.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for JsonError {}
