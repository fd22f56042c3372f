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
