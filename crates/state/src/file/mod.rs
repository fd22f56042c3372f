//! State files: format version 4, written byte for byte as Terraform writes it.
//!
//! Responsible for the bytes of a whole state and of single objects. Attributes pass through as
//! text: without a schema nothing here knows what they mean, and nothing here touches a disk.

mod error;
mod text;

pub use error::StateFileError;
pub(crate) use text::{JsonText, compact};
