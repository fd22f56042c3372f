//! Addresses of packages as they are written, for whatever way they are fetched.

use super::subdirectory;
use super::web_source::split_query;

/// An address, a directory in what is there, and arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The address with everything but directory and arguments.
    pub(super) place: String,
    /// The directory in the package; empty for the whole.
    pub(super) subdirectory: String,
    /// The arguments as they were written, with the question mark.
    pub(super) query: String,
}

impl Written {
    /// Takes a source apart.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence.
    pub(super) fn parse(source: &str) -> Result<Self, String> {
        let (place, query) = split_query(source);
        Self::with_query(place, query)
    }

    /// The same for a source whose arguments have been taken off.
    pub(super) fn with_query(place: &str, query: String) -> Result<Self, String> {
        let (place, path) = subdirectory::split(place);
        let subdirectory = subdirectory::normalise(path)
            .ok_or_else(|| format!("the directory {path:?} leads out of the package"))?;
        Ok(Written { place: place.to_owned(), subdirectory, query })
    }

    /// The source in full, as it is recorded.
    pub(super) fn to_full(&self) -> String {
        let gap = if self.subdirectory.is_empty() { "" } else { "//" };
        format!("{}{gap}{}{}", self.place, self.subdirectory, self.query)
    }

    /// What is fetched, whichever directory of it is wanted.
    pub(super) fn package(&self) -> String {
        format!("{}{}", self.place, self.query)
    }
}
