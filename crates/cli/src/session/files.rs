//! The disk as configurations see it.

use std::io;
use std::path::{Path, PathBuf};

use plumb_source::{DiskFiles, Files};

/// The disk, which remembers where the program was started before `-chdir` took it elsewhere.
pub(super) struct CommandFiles {
    disk: DiskFiles,
    launch_directory: PathBuf,
}

impl CommandFiles {
    pub(super) fn new(launch_directory: &Path, home: Option<PathBuf>) -> Self {
        // Paths stay as they are; the process is where they are meant from.
        let working_directory = std::env::current_dir().unwrap_or_default();
        CommandFiles {
            disk: DiskFiles::new(working_directory, home),
            launch_directory: launch_directory.to_owned(),
        }
    }
}

impl Files for CommandFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.disk.read(path)
    }

    fn read_regular(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.disk.read_regular(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        self.disk.list(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        // Whoever names /dev/null or a pipe as a file means it.
        std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_dir())
    }

    fn is_directory(&self, path: &Path) -> bool {
        self.disk.is_directory(path)
    }

    fn working_directory(&self) -> PathBuf {
        self.disk.working_directory()
    }

    fn launch_directory(&self) -> PathBuf {
        self.launch_directory.clone()
    }

    fn home_directory(&self) -> Option<PathBuf> {
        self.disk.home_directory()
    }
}

/// A disk on which there seems to be one file more.
pub(super) struct WithFile<'f> {
    files: &'f dyn Files,
    path: PathBuf,
    text: String,
}

impl<'f> WithFile<'f> {
    pub(super) fn new(files: &'f dyn Files, path: &Path, text: String) -> Self {
        WithFile { files, path: without_dots(path), text }
    }

    fn is_it(&self, path: &Path) -> bool {
        without_dots(path) == self.path
    }
}

/// `./x` and `x` are one.
fn without_dots(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != std::path::Component::CurDir).collect()
}

impl Files for WithFile<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if self.is_it(path) { Ok(self.text.clone().into_bytes()) } else { self.files.read(path) }
    }

    fn read_regular(&self, path: &Path) -> io::Result<Vec<u8>> {
        if self.is_it(path) { self.read(path) } else { self.files.read_regular(path) }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        let mut entries = self.files.list(path)?;
        let parent = self.path.parent().unwrap_or(Path::new(""));
        if without_dots(path) == parent
            && let Some(name) = self.path.file_name()
        {
            entries.push((name.to_string_lossy().into_owned(), false));
            entries.sort();
        }
        Ok(entries)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.is_it(path) || self.files.is_file(path)
    }

    fn is_directory(&self, path: &Path) -> bool {
        self.files.is_directory(path)
    }

    fn working_directory(&self) -> PathBuf {
        self.files.working_directory()
    }

    fn launch_directory(&self) -> PathBuf {
        self.files.launch_directory()
    }

    fn home_directory(&self) -> Option<PathBuf> {
        self.files.home_directory()
    }
}
