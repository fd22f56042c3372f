//! Files of this machine that are going to hosts, each read once for all of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use plumb_host::Content;
use plumb_source::{Files, explain_refusal};

/// Files that were read.
#[derive(Clone)]
pub(crate) struct LocalFiles {
    files: Arc<dyn Files>,
    read: Arc<Mutex<HashMap<String, Result<Content, String>>>>,
}

impl LocalFiles {
    pub(crate) fn new(files: Arc<dyn Files>) -> Self {
        LocalFiles { files, read: Arc::default() }
    }

    /// The content of a file, or why it cannot be had.
    pub(crate) fn read(&self, path: &str) -> Result<Content, String> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(content) = read.get(path) {
            return content.clone();
        }
        let content = self.files.read(Path::new(path)).map(Content::new);
        let content = content.map_err(|why| format!("{path} cannot be read: {}", explain_refusal(&why)));
        read.insert(path.to_owned(), content.clone());
        content
    }

    /// The names in a directory, each with whether it is a directory.
    pub(crate) fn list(&self, path: &str) -> Result<Vec<(String, bool)>, String> {
        let names = self.files.list(Path::new(path));
        names.map_err(|why| format!("{path} cannot be listed: {}", explain_refusal(&why)))
    }

    /// The content of a file as it is now, if there is one.
    pub(crate) fn read_now(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let path = Path::new(path);
        if !self.files.is_file(path) {
            return Ok(None);
        }
        let read = self.files.read_regular(path).map(Some);
        read.map_err(|why| format!("{} cannot be read: {}", path.display(), explain_refusal(&why)))
    }

    /// Where a path leads, from the root of this machine.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        self.files.working_directory().join(path)
    }

    pub(crate) fn is_directory(&self, path: &str) -> bool {
        self.files.is_directory(Path::new(path))
    }
}
