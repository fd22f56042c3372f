//! State files: format version 4, written byte for byte as Terraform writes it.
//!
//! Responsible for the bytes of a whole state and of single objects. Attributes pass through as
//! text: without a schema nothing here knows what they mean, and nothing here touches a disk.

mod error;
mod object;
mod output;
mod read;
#[cfg(test)]
mod tests;
mod text;
mod upgrade;
mod write;

pub use error::StateFileError;
pub(crate) use object::digest_of;
pub(crate) use output::{OutputForm, write_output};
pub use read::read;
pub(crate) use read::read_checks;
pub(crate) use text::JsonText;
pub(crate) use write::write_checks;
pub use write::{renumber, write, write_to};
