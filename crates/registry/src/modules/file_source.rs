//! Sources of modules that are directories or archives elsewhere on this machine.

use std::path::PathBuf;

use super::checksum::Checksum;
use super::subdirectory;
use super::web_source::{Arguments, decode, split_query};
use super::written::Written;
use crate::archive::ArchiveFormat;

/// A directory or an archive on this machine, by its absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSource {
    pub(super) path: PathBuf,
    /// How the archive is packed; `None` for a directory.
    pub(super) format: Option<ArchiveFormat>,
    /// What the archive must have.
    pub(super) checksum: Option<Checksum>,
    /// The path as an address.
    pub(super) written: Written,
}

impl FileSource {
    /// Understands a source; `None` where it is no absolute path.
    ///
    /// # Errors
    /// Why it is none that could be fetched, as the end of a sentence.
    pub(super) fn parse(source: &str) -> Option<Result<Self, String>> {
        let bare = source.strip_prefix("file::").unwrap_or(source);
        if let Some(path) = bare.strip_prefix("file://") {
            let (path, query) = split_query(path);
            return Some(Self::read(path, &decode(subdirectory::split(path).0), query));
        }
        let is_absolute = bare.starts_with('/') || std::path::Path::new(bare).is_absolute();
        is_absolute.then(|| {
            let (path, query) = split_query(bare);
            Self::read(path, subdirectory::split(path).0, query)
        })
    }

    fn read(written: &str, path: &str, query: String) -> Result<Self, String> {
        if !std::path::Path::new(path).is_absolute() {
            return Err("the path of a file must be absolute: file:///path".to_owned());
        }
        let mut written = Written::with_query(written, query)?;
        let arguments = Arguments::read(&written.query)?;
        let format = arguments.format(path)?;
        written.place.insert_str(0, "file://");
        Ok(FileSource { path: PathBuf::from(path), format, checksum: arguments.checksum, written })
    }

    /// The source in full, as it is recorded.
    pub(super) fn to_full(&self) -> String {
        self.written.to_full()
    }

    /// What is fetched, whichever directory of it is wanted.
    pub(super) fn package(&self) -> String {
        self.written.package()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_paths_are_sources() {
        let full = |text: &str| FileSource::parse(text).map(|source| source.map(|source| source.to_full()));
        assert_eq!(full("/srv/a"), Some(Ok("file:///srv/a".to_owned())));
        assert_eq!(full("file:///srv/a.zip//x/y"), Some(Ok("file:///srv/a.zip//x/y".to_owned())));
        assert_eq!(full("./a"), None);
        assert_eq!(full("https://h.example/a"), None);
        assert!(full("/srv/a//../b").is_some_and(|source| source.is_err()));
        assert!(full("file://a/b").is_some_and(|source| source.is_err()));
        let spaced = FileSource::parse("file:///srv/a%20b.zip").expect("is one").expect("is one");
        assert_eq!(spaced.path, PathBuf::from("/srv/a b.zip"));
        assert_eq!(spaced.format, Some(ArchiveFormat::Zip));
    }
}
