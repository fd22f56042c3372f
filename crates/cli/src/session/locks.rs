//! The dependency lock file of a directory.

use std::io;
use std::path::PathBuf;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::{LOCK_FILE_NAME, LockFile};

use super::Session;

impl Session<'_> {
    /// Where the lock file is.
    pub(crate) fn lock_file_path(&self) -> PathBuf {
        self.directory.join(LOCK_FILE_NAME)
    }

    /// Reads the lock file; `None` where there is none.
    pub(crate) fn read_locks(&self) -> Result<Option<LockFile>, Diagnostics> {
        let path = self.lock_file_path();
        let bytes = match self.files.read_regular(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let detail = format!("{} cannot be read: {error}.", path.display());
                return Err(Diagnostic::error("Failed to read dependency lock file", detail).into());
            }
        };
        let name = path.strip_prefix(".").unwrap_or(&path).display().to_string();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let file = self.shell.sources.add(name, text.as_str());
        self.shell.checked(LockFile::parse(&text, file)).map(Some)
    }

    /// Writes the lock file.
    pub(crate) fn write_locks(&self, locks: &LockFile) -> Result<(), Diagnostics> {
        let path = self.lock_file_path();
        locks.save(&path).map_err(|error| {
            let detail =
                format!("{} cannot be written: {}", path.display(), plumb_source::explain_refusal(&error));
            Diagnostic::error("Failed to save dependency lock file", detail).into()
        })
    }
}
