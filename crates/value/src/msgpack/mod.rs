//! Values as MessagePack, the form that providers speak.
//!
//! Responsible for exactly the bytes that the plugin protocol describes: unknowns as extensions with
//! what is known of them, numbers in the smallest form that loses nothing, values of dynamic type
//! beside their type. Bytes from providers are not trusted: depth and lengths are bounded by what is
//! really there.

mod decode;
mod encode;
mod model;
mod reader;

use std::fmt;

pub use self::decode::{decode, decode_like};
pub use self::encode::{encode, encode_into};
use crate::Path;

/// Extension of an unknown value that nothing else is known of.
const UNKNOWN: i8 = 0;
/// Extension of an unknown value within limits.
const REFINED_UNKNOWN: i8 = 12;
/// Longest extension with limits that is read.
const REFINEMENT_LIMIT: usize = 1024;
/// Longest prefix that is written, so that readers accept it.
const PREFIX_LIMIT: usize = 256;

/// Keys of the limits of an unknown value.
mod key {
    pub(super) const NULLNESS: i64 = 1;
    pub(super) const STRING_PREFIX: i64 = 2;
    pub(super) const NUMBER_MINIMUM: i64 = 3;
    pub(super) const NUMBER_MAXIMUM: i64 = 4;
    pub(super) const LENGTH_MINIMUM: i64 = 5;
    pub(super) const LENGTH_MAXIMUM: i64 = 6;
}

/// Why a value could not be read or written.
#[derive(Clone, Debug, PartialEq)]
pub struct MsgpackError {
    /// Which part of the value it is about.
    pub path: Path,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for MsgpackError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.0.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for MsgpackError {}
