//! The real world.
//!
//! Responsible for the system calls behind [`World`], and for files being written whole or not at
//! all. It decides nothing.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use rand::TryRng;
use rand::rngs::SysRng;

use super::{Entry, World};

/// The machine that this process runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

#[async_trait]
impl World for Machine {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn fill_random(&self, buffer: &mut [u8]) -> io::Result<()> {
        SysRng.try_fill_bytes(buffer).map_err(|error| io::Error::other(error.to_string()))
    }

    fn look_at(&self, path: &Path) -> io::Result<Option<Entry>> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Ok(Some(Entry::Directory)),
            Ok(_) => Ok(Some(Entry::File)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read_file(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn write_file(&self, path: &Path, content: &[u8], permissions: u32) -> io::Result<()> {
        let Some(existing) = existing_file(path)? else {
            // A link that leads nowhere yet gets what it names.
            return match fs::symlink_metadata(path) {
                Ok(_) => write_new(path, content, permissions),
                Err(_) => write_aside(path, content, Mode::Masked(permissions)),
            };
        };
        // A pipe or a device has no content to replace, and a name beside it would not be it.
        if !existing.is_file() {
            return write_through(path, content);
        }
        let target = fs::canonicalize(path)?;
        match write_aside(&target, content, Mode::Exact(existing.permissions())) {
            // The file may be ours to write where its directory is not.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => write_through(&target, content),
            result => result,
        }
    }

    fn create_directories(&self, path: &Path, permissions: u32) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        set_directory_mode(&mut builder, permissions);
        builder.create(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

fn existing_file(path: &Path) -> io::Result<Option<fs::Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes into the file as it lies there, where nothing better is possible.
fn write_through(path: &Path, content: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).truncate(true).open(path)?.write_all(content)
}

fn write_new(path: &Path, content: &[u8], permissions: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    set_file_mode(&mut options, permissions);
    options.open(path)?.write_all(content)
}

/// What permissions a new file gets.
enum Mode {
    /// These, less the process's mask.
    Masked(u32),
    /// Exactly these: the ones of the file that it takes the place of.
    Exact(fs::Permissions),
}

/// Writes a new file beside `path` and puts it in its place in one step.
fn write_aside(path: &Path, content: &[u8], mode: Mode) -> io::Result<()> {
    let (aside, mut file) = create_aside(path, &mode)?;
    let written = file
        .write_all(content)
        .and_then(|()| match mode {
            Mode::Masked(_) => Ok(()),
            Mode::Exact(permissions) => fs::set_permissions(&aside, permissions),
        })
        .and_then(|()| file.sync_data())
        .and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        // The error that stopped the write says more than one about the leftover would.
        let _ = fs::remove_file(&aside);
    }
    written
}

fn create_aside(path: &Path, mode: &Mode) -> io::Result<(PathBuf, fs::File)> {
    const ATTEMPTS: u32 = 16;
    let name =
        path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    set_file_mode(
        &mut options,
        match mode {
            Mode::Masked(permissions) => *permissions,
            // Nobody else may look before the final permissions are there.
            Mode::Exact(_) => 0o600,
        },
    );
    let mut attempt = 0;
    loop {
        let mut salt = [0; 6];
        SysRng.try_fill_bytes(&mut salt).map_err(|error| io::Error::other(error.to_string()))?;
        let salt: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
        // Short of the limit on names whatever the length of the name itself.
        let start: String = name.to_string_lossy().chars().take(32).collect();
        let aside = path.with_file_name(format!(".{start}.{salt}.tmp"));
        attempt += 1;
        match options.open(&aside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => {}
            result => return result.map(|file| (aside, file)),
        }
    }
}

#[cfg(unix)]
fn set_file_mode(options: &mut OpenOptions, permissions: u32) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(permissions);
}

#[cfg(not(unix))]
fn set_file_mode(_: &mut OpenOptions, _: u32) {}

#[cfg(unix)]
fn set_directory_mode(builder: &mut DirBuilder, permissions: u32) {
    use std::os::unix::fs::DirBuilderExt;
    builder.mode(permissions);
}

#[cfg(not(unix))]
fn set_directory_mode(_: &mut DirBuilder, _: u32) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole_and_leave_nothing_beside_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        Machine.write_file(&path, b"one", 0o640).unwrap();
        Machine.write_file(&path, b"two", 0o777).unwrap();
        assert_eq!(Machine.read_file(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert_eq!(Machine.look_at(&path).unwrap(), Some(Entry::File));
        assert_eq!(Machine.look_at(directory.path()).unwrap(), Some(Entry::Directory));
        Machine.remove_file(&path).unwrap();
        assert_eq!(Machine.look_at(&path).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_of_a_file_that_is_there_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let link = directory.path().join("link");
        Machine.write_file(&path, b"one", 0o600).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
        symlink("file", &link).unwrap();
        Machine.write_file(&link, b"two", 0o777).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o604);
    }

    #[test]
    fn a_write_that_cannot_be_is_an_error_without_leftovers() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Machine.write_file(&directory.path().join("no/file"), b"x", 0o600).is_err());
        assert!(Machine.write_file(directory.path(), b"x", 0o600).is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn directories_are_created_all_the_way() {
        let directory = tempfile::tempdir().unwrap();
        let deep = directory.path().join("a/b/c");
        Machine.create_directories(&deep, 0o700).unwrap();
        assert_eq!(Machine.look_at(&deep).unwrap(), Some(Entry::Directory));
    }
}
