//! The files that the core may look at, behind a trait so that it needs no disk in tests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Component, Path, PathBuf};

/// Read-only view of a file system. Paths are relative to the working directory or absolute.
pub trait Files: Send + Sync {
    /// The whole content of a file.
    ///
    /// # Errors
    /// Whatever the system says; the path is not in the error, callers name it.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The same for what the program finds by itself. A pipe is refused, for whoever reads it may wait for ever. What a
    /// person names, and values of variables wherever they lie, may come through one.
    ///
    /// # Errors
    /// The same.
    fn read_regular(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read(path)
    }

    /// Names of the entries of a directory, sorted, each with whether it is a directory.
    ///
    /// # Errors
    /// Whatever the system says, among it that there is no such directory.
    fn list(&self, path: &Path) -> io::Result<Vec<(String, bool)>>;

    /// Whether there is a regular file (or a link to one) at the path.
    fn is_file(&self, path: &Path) -> bool;

    /// Whether there is a directory (or a link to one) at the path.
    fn is_directory(&self, path: &Path) -> bool;

    /// The absolute path of the working directory.
    fn working_directory(&self) -> PathBuf;

    /// The directory that the program was started in, where that is another than the working directory.
    fn launch_directory(&self) -> PathBuf {
        self.working_directory()
    }

    /// The home directory of the user, where one is known.
    fn home_directory(&self) -> Option<PathBuf>;
}

/// The real disk, seen from a working directory.
#[derive(Debug, Clone)]
pub struct DiskFiles {
    working_directory: PathBuf,
    home_directory: Option<PathBuf>,
}

impl DiskFiles {
    /// The disk as seen from `working_directory` by a user whose home is `home_directory`.
    pub fn new(working_directory: PathBuf, home_directory: Option<PathBuf>) -> Self {
        DiskFiles { working_directory, home_directory }
    }

    fn full(&self, path: &Path) -> PathBuf {
        self.working_directory.join(path)
    }
}

impl Files for DiskFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        read_file(&self.full(path))
    }

    fn read_regular(&self, path: &Path) -> io::Result<Vec<u8>> {
        read_regular_file(&self.full(path))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(self.full(path))? {
            let entry = entry?;
            let is_directory = entry.path().is_dir();
            entries.push((entry.file_name().to_string_lossy().into_owned(), is_directory));
        }
        entries.sort();
        Ok(entries)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.full(path).is_file()
    }

    fn is_directory(&self, path: &Path) -> bool {
        self.full(path).is_dir()
    }

    fn working_directory(&self) -> PathBuf {
        self.working_directory.clone()
    }

    fn home_directory(&self) -> Option<PathBuf> {
        self.home_directory.clone()
    }
}

/// More than anything that is meant for this program. Files have an end, devices may have none.
const STREAM_BYTES_MAX: u64 = 1 << 30;

/// The content of a file of any kind. What never ends is refused.
///
/// # Errors
/// Whatever the system says; the path is not in the error.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut content = Vec::new();
    if file.metadata()?.is_file() {
        file.read_to_end(&mut content)?;
        return Ok(content);
    }
    file.take(STREAM_BYTES_MAX + 1).read_to_end(&mut content)?;
    if content.len() as u64 > STREAM_BYTES_MAX {
        return Err(io::Error::other(
            "it has more than 1 GiB in it and is no file, so that it may have no end",
        ));
    }
    Ok(content)
}

/// The same, but a pipe is refused.
///
/// # Errors
/// Whatever the system says; the path is not in the error.
pub fn read_regular_file(path: &Path) -> io::Result<Vec<u8>> {
    if std::fs::metadata(path)?.file_type().is_fifo() {
        return Err(io::Error::other("it is a pipe and no file"));
    }
    read_file(path)
}

/// What was read, as the text that it has to be.
pub fn as_text(content: Vec<u8>) -> io::Result<String> {
    String::from_utf8(content).map_err(|_| io::Error::other("it is no text in UTF-8"))
}

/// Files held in memory: what tests use, and what a saved plan carries its configuration in.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl MemoryFiles {
    /// No files at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file at a path, replacing what was there.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) -> Self {
        self.insert(path, content);
        self
    }

    /// Puts a file at a path, replacing what was there.
    pub fn insert(&mut self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) {
        self.files.insert(normalise(path.as_ref()), content.into());
    }

    /// Every file, ordered by path.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        self.files.iter().map(|(path, content)| (path.as_path(), content.as_slice()))
    }
}

/// Takes `.` and `..` out of a path without looking at any disk.
fn normalise(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::ParentDir | Component::Normal(_) => {
                out.push(part);
            }
        }
    }
    out
}

impl Files for MemoryFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.get(&normalise(path)).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        let root = normalise(path);
        let mut entries = BTreeMap::new();
        for file in self.files.keys() {
            let Ok(rest) = file.strip_prefix(&root) else { continue };
            let mut parts = rest.components();
            let Some(Component::Normal(name)) = parts.next() else { continue };
            entries.insert(name.to_string_lossy().into_owned(), parts.next().is_some());
        }
        if entries.is_empty() && !root.as_os_str().is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(entries.into_iter().collect())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(&normalise(path))
    }

    fn is_directory(&self, path: &Path) -> bool {
        let root = normalise(path);
        !self.files.contains_key(&root) && self.files.keys().any(|file| file.starts_with(&root))
    }

    fn working_directory(&self) -> PathBuf {
        PathBuf::from("/")
    }

    fn home_directory(&self) -> Option<PathBuf> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_files_behave_like_a_tree() {
        let files = MemoryFiles::new().with("main.tf", "").with("modules/a/main.tf", "x");
        assert_eq!(
            files.list(Path::new(".")).expect("root lists"),
            [("main.tf".to_owned(), false), ("modules".to_owned(), true)]
        );
        assert!(files.is_directory(Path::new("./modules/a")));
        assert_eq!(files.read(Path::new("modules/b/../a/main.tf")).expect("is there"), b"x");
        assert!(files.list(Path::new("nowhere")).is_err());
    }
}
