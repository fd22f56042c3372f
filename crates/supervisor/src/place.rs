//! The directory where spares are found.
//!
//! Responsible for that nobody else can have put anything there: it is the user's own, for nobody
//! else, and not reached through a link. Where that cannot be had there are no spares.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::fingerprint::{Fingerprint, SECRET_BYTES, Secret};

/// Ends the names of sockets.
const SOCKET_SUFFIX: &str = ".spare";
/// Ends the names of sockets nobody listens at yet; the keeper's number stands before.
const UNFINISHED_SUFFIX: &str = ".unfinished";
/// Ends the names of directories in which providers have theirs; the keeper's number stands before.
const PROVIDER_SOCKETS_SUFFIX: &str = ".sockets";
/// Holds the user's secret.
const SECRET_NAME: &str = "secret";
/// Held by one who changes what is there.
const LOCK_NAME: &str = "lock";
/// How often a lock is tried again.
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// What others may not do: anything.
const OTHERS: u32 = 0o077;
/// Others may make entries in a directory, but not touch those of each other.
const STICKY: u32 = 0o1000;

/// The directory where the spares of this user are found.
#[derive(Clone, Debug)]
pub struct Place {
    directory: PathBuf,
}

impl Place {
    /// The usual one, made where it is missing: `plumb` in the directory that the system gives users
    /// for such things (`XDG_RUNTIME_DIR`), else one of the user's own among temporary files.
    pub fn find(runtime_directory: Option<&OsStr>, temporary: &Path) -> Option<Place> {
        let user = rustix::process::geteuid().as_raw();
        let given = runtime_directory.map(Path::new).filter(|path| path.is_absolute());
        let of_session = || Place::new(given.filter(|path| is_private(path))?.join("plumb"));
        let of_user = || {
            let parent = temporary.canonicalize().ok().filter(|path| is_safe_parent(path))?;
            Place::new(parent.join(format!("plumb-{user}")))
        };
        of_session().or_else(of_user)
    }

    /// That directory, made where it is missing. Nothing where it is not for this user alone.
    fn new(directory: PathBuf) -> Option<Place> {
        match rustix::fs::mkdir(&directory, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(_) => return None,
        }
        is_private(&directory).then_some(Place { directory })
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A new name for the socket of a spare.
    pub(crate) fn socket(&self, fingerprint: &Fingerprint) -> PathBuf {
        let id = std::process::id();
        self.directory.join(format!("{}-{id}{SOCKET_SUFFIX}", fingerprint.name()))
    }

    /// Where this process makes a socket before it moves it to its name. Nobody who finds a socket under
    /// its name shall find that nobody listens, and take its keeper for one that was killed.
    pub(crate) fn unfinished_socket(&self) -> PathBuf {
        self.directory.join(format!("{}{UNFINISHED_SUFFIX}", std::process::id()))
    }

    /// The sockets that are there, of one fingerprint or of all, those of the oldest names first.
    pub(crate) fn sockets(&self, of: Option<&Fingerprint>) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(&self.directory) else { return Vec::new() };
        let mut found: Vec<PathBuf> = entries
            .flatten()
            .filter(|entry| {
                let name = entry.file_name();
                let Some(name) = name.to_str().and_then(|name| name.strip_suffix(SOCKET_SUFFIX)) else {
                    return false;
                };
                of.is_none_or(|fingerprint| name.starts_with(fingerprint.name()))
            })
            .map(|entry| entry.path())
            .collect();
        found.sort();
        found
    }

    /// A new name for the directory where this process has its provider put its socket.
    pub(crate) fn provider_sockets(&self) -> PathBuf {
        self.directory.join(format!("{}{PROVIDER_SOCKETS_SUFFIX}", std::process::id()))
    }

    /// Removes such directories, and unfinished sockets, of keepers that were killed.
    pub(crate) fn remove_left_behind(&self) {
        for entry in std::fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let is_left = |suffix| {
                let keeper = name.to_str().and_then(|name| name.strip_suffix(suffix));
                keeper.and_then(|keeper| keeper.parse().ok()).is_some_and(has_ended)
            };
            // Another keeper may be doing the same.
            if is_left(PROVIDER_SOCKETS_SUFFIX) {
                let _ = std::fs::remove_dir_all(entry.path());
            } else if is_left(UNFINISHED_SUFFIX) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// The user's secret, made where there is none or none that can be trusted.
    pub(crate) fn secret(&self) -> io::Result<Secret> {
        let path = self.directory.join(SECRET_NAME);
        if let Some(secret) = read_secret(&path) {
            return Ok(secret);
        }
        let mut secret = [0; SECRET_BYTES];
        fill_randomly(&mut secret)?;
        // Made for the owner alone.
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(&secret)?;
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(Secret(secret)),
            Err(problem) => {
                // Somebody was quicker, or what is there is nothing to trust.
                if let Some(secret) = read_secret(&path) {
                    return Ok(secret);
                }
                problem.file.persist(&path).map_err(|problem| problem.error)?;
            }
        }
        read_secret(&path).ok_or_else(|| io::Error::other("the secret cannot be read back"))
    }

    /// Keeps others from changing what is there, for as long as the result lives.
    pub(crate) async fn lock(&self, patience: Duration) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let path = self.directory.join(LOCK_NAME);
        let file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
        let began = Instant::now();
        loop {
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(file),
                Err(Errno::WOULDBLOCK | Errno::INTR) if began.elapsed() < patience => {
                    tokio::time::sleep(LOCK_PAUSE).await;
                }
                Err(problem) => return Err(problem.into()),
            }
        }
    }
}

/// Whether a process is no more; one that nobody has asked about after its end counts as such.
fn has_ended(process: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{process}/stat")) {
        Ok(status) => status.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')),
        Err(problem) => problem.kind() == io::ErrorKind::NotFound,
    }
}

fn fill_randomly(buffer: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while filled < buffer.len() {
        filled += rustix::rand::getrandom(&mut buffer[filled..], rustix::rand::GetRandomFlags::empty())?;
    }
    Ok(())
}

fn read_secret(path: &Path) -> Option<Secret> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    let stat = rustix::fs::fstat(&file).ok()?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile || !is_for_owner_alone(&stat) {
        return None;
    }
    let mut content = Vec::new();
    file.take(SECRET_BYTES as u64 + 1).read_to_end(&mut content).ok()?;
    content.try_into().ok().map(Secret)
}

/// Whether that is a directory, and no link to one, which only this user can look into.
fn is_private(path: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(directory) = rustix::fs::open(path, flags, Mode::empty()) else { return false };
    rustix::fs::fstat(&directory).is_ok_and(|stat| is_for_owner_alone(&stat))
}

fn is_for_owner_alone(stat: &Stat) -> bool {
    stat.st_uid == rustix::process::geteuid().as_raw() && stat.st_mode & OTHERS == 0
}

/// Whether nobody else can move away or replace what this user makes in that directory.
fn is_safe_parent(path: &Path) -> bool {
    let Ok(stat) = rustix::fs::statat(CWD, path, rustix::fs::AtFlags::empty()) else { return false };
    let is_trusted = stat.st_uid == 0 || stat.st_uid == rustix::process::geteuid().as_raw();
    is_trusted && (stat.st_mode & 0o022 == 0 || stat.st_mode & STICKY != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn scratch() -> tempfile::TempDir {
        let scratch = tempfile::tempdir().unwrap();
        set_mode(scratch.path(), 0o700);
        scratch
    }

    #[test]
    fn the_place_is_for_its_user_alone() {
        let scratch = scratch();
        let place = Place::find(Some(scratch.path().as_os_str()), Path::new("/nowhere")).unwrap();
        assert_eq!(place.directory(), scratch.path().join("plumb"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(place.directory()), 0o700);
        place.secret().unwrap();
        assert_eq!(mode(&place.directory().join(SECRET_NAME)), 0o600);
    }

    #[test]
    fn a_place_that_others_could_prepare_is_not_used() {
        let scratch = scratch();
        let (given, temporary) = (scratch.path().join("run"), scratch.path().join("tmp"));
        fs::create_dir(&given).unwrap();
        fs::create_dir(&temporary).unwrap();
        set_mode(&given, 0o700);
        set_mode(&temporary, 0o1777);
        let find =
            || Place::find(Some(given.as_os_str()), &temporary).map(|place| place.directory().to_owned());
        let own = temporary.join(format!("plumb-{}", rustix::process::geteuid().as_raw()));
        assert_eq!(find(), Some(given.join("plumb")));

        // What the system gives is not for this user alone: the other place is taken.
        set_mode(&given, 0o755);
        assert_eq!(find(), Some(own.clone()));
        // That place, too.
        set_mode(&own, 0o750);
        assert_eq!(find(), None);
        // It is a link, to a directory that would do.
        fs::remove_dir(&own).unwrap();
        let target = scratch.path().join("target");
        fs::create_dir(&target).unwrap();
        set_mode(&target, 0o700);
        symlink(&target, &own).unwrap();
        assert_eq!(find(), None);
        // It is a file.
        fs::remove_file(&own).unwrap();
        fs::write(&own, "").unwrap();
        set_mode(&own, 0o600);
        assert_eq!(find(), None);
        // Others may replace it.
        fs::remove_file(&own).unwrap();
        set_mode(&temporary, 0o777);
        assert_eq!(find(), None);
        set_mode(&temporary, 0o1777);
        assert_eq!(find(), Some(own));
    }

    #[test]
    fn a_secret_that_others_know_is_replaced() {
        let scratch = scratch();
        let place = Place::find(Some(scratch.path().as_os_str()), Path::new("/nowhere")).unwrap();
        let path = place.directory().join(SECRET_NAME);
        let first = place.secret().unwrap();
        assert_eq!(place.secret().unwrap().0, first.0);
        set_mode(&path, 0o644);
        let second = place.secret().unwrap();
        assert_ne!(second.0, first.0);
        fs::write(&path, "short").unwrap();
        let third = place.secret().unwrap();
        assert_ne!(third.0, second.0);
        assert_eq!(place.secret().unwrap().0, third.0);
        let elsewhere = scratch.path().join("elsewhere");
        fs::write(&elsewhere, [0; SECRET_BYTES]).unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert_ne!(place.secret().unwrap().0, [0; SECRET_BYTES]);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn one_at_a_time_changes_what_is_there() {
        let scratch = scratch();
        let place = Place::find(Some(scratch.path().as_os_str()), Path::new("/nowhere")).unwrap();
        let held = place.lock(Duration::from_secs(5)).await.unwrap();
        assert!(place.lock(Duration::from_millis(50)).await.is_err());
        drop(held);
        place.lock(Duration::from_secs(5)).await.unwrap();
    }
}
