//! The process that keeps one spare.
//!
//! Responsible for starting a provider, for letting one command after the other have it, and for its
//! end: with a command that has it and does not give it back, or when nobody came for it in time. It
//! inherits from the command that started it what the spare shall inherit, and passes all of that on.

mod assignment;
mod kept;
mod lent;
mod log;
mod room;
mod waiting;

use std::ffi::OsString;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use plumb_plugin::spare::Prepared;
use plumb_plugin::{LaunchOptions, SchemaCache};
use tokio::net::UnixListener;
use tokio::sync::watch;

pub(crate) use assignment::Assignment;
use kept::{Kept, Moment};
use log::Log;
pub(crate) use room::ALIKE_MAX;
use room::Room;

use crate::circumstances::Circumstances;
use crate::descriptors::close_inherited;
use crate::fingerprint::{Fingerprint, Subject};
use crate::place::Place;
use crate::wire::{Condition, GivenBack, Reply};

/// A socket's path may have some 100 bytes, of which providers want about 20 for its name.
const DIRECTORY_BYTES_MAX: usize = 80;

/// How far the spare is.
#[derive(Clone)]
enum Progress {
    Starting,
    Running(Arc<Prepared>, Condition),
    /// It could not be started, or there is no room for it.
    GivenUp,
}

/// Keeps a spare until its end. The arguments are what [`crate::Spares`] started this process with. It
/// must be the first thing that the process does. It reads the environment.
pub fn run_as_keeper(arguments: &[OsString]) -> ExitCode {
    close_inherited();
    let Some(assignment) = Assignment::from_arguments(arguments) else { return ExitCode::FAILURE };
    // One thread: a guarded process ends with the thread that started it, not with the process.
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    match runtime.block_on(keep(&assignment)) {
        Some(()) => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    }
}

async fn keep(assignment: &Assignment) -> Option<()> {
    let place = Place::find(std::env::var_os("XDG_RUNTIME_DIR").as_deref(), &std::env::temp_dir())?;
    let cache = SchemaCache::new(&assignment.cache);
    let digest = cache.digest(&assignment.program).ok()?;
    let subject = Subject { program: &assignment.program, tls: assignment.tls, digest: &digest };
    let fingerprint = Fingerprint::new(&place.secret().ok()?, &Circumstances::of_process()?, &subject);
    let room = Room { place, limits: assignment.limits() };
    if room.is_full(&fingerprint) {
        return Some(());
    }
    room.place.remove_left_behind();
    let kept = Kept::fresh(fingerprint, room.limits.idle);
    let socket = Socket::bind(&room.place, &kept.fingerprint)?;
    let sockets = ProviderSockets::make(room.place.provider_sockets());
    let (sender, progress) = watch::channel(Progress::Starting);
    let (sink, log) = log::channel();
    let starting = {
        let options = assignment.launch_options(sockets.0.clone(), sink)?;
        tokio::spawn(start(options, assignment.program.clone(), cache, digest, sender))
    };
    serve(Keeping { assignment, room: &room, progress: &progress }, kept, socket, log).await;
    starting.abort();
    let last = progress.borrow().clone();
    if let Progress::Running(spare, _) = last {
        spare.kill().await;
    }
    Some(())
}

/// What stays the same for as long as there is the spare.
#[derive(Clone, Copy)]
struct Keeping<'a> {
    assignment: &'a Assignment,
    room: &'a Room,
    progress: &'a watch::Receiver<Progress>,
}

/// Lets one command after the other have the spare, until one does not give it back or none comes.
async fn serve(keeping: Keeping<'_>, mut kept: Kept, mut socket: Socket, mut log: Log) {
    loop {
        let end = waiting::wait(keeping, &kept, &socket, &mut log).await;
        // Nobody else shall come for it.
        drop(socket);
        let waiting::End::Taken(conversation) = end else { return };
        let lent = Moment::now();
        let Some(mut returned) = lent::lend(conversation, keeping.progress.clone(), &mut log).await else {
            return;
        };
        let is_fresh = matches!(returned.how, GivenBack::Unchanged);
        kept.take_back(returned.how, lent);
        // Several commands at once may each have configured one with the same.
        if kept.is_over() || (!is_fresh && keeping.room.is_full(&kept.fingerprint)) {
            return;
        }
        match Socket::bind(&keeping.room.place, &kept.fingerprint) {
            Some(bound) => socket = bound,
            None => return,
        }
        // It is found from now on; the command need not hear of it.
        let _ = returned.writer.write(&Reply::TakenBack).await;
    }
}

/// Starts the spare and has it set itself up. The program must be the same before and after.
async fn start(
    options: LaunchOptions,
    program: PathBuf,
    cache: SchemaCache,
    digest: String,
    progress: watch::Sender<Progress>,
) {
    let Ok(spare) = Prepared::start(&options).await else {
        progress.send_replace(Progress::GivenUp);
        return;
    };
    if cache.digest(&program).ok() != Some(digest) {
        spare.kill().await;
        progress.send_replace(Progress::GivenUp);
        return;
    }
    let spare = Arc::new(spare);
    progress.send_replace(Progress::Running(spare.clone(), Condition::WarmingUp));
    spare.warm_up().await;
    progress.send_replace(Progress::Running(spare, Condition::Ready));
}

/// The directory where the provider puts its socket, removed together with this. Other keepers remove
/// it where this one is killed.
struct ProviderSockets(Option<PathBuf>);

impl ProviderSockets {
    /// None where there cannot be one: the provider then finds a place by itself.
    fn make(path: PathBuf) -> ProviderSockets {
        let is_short = path.as_os_str().len() <= DIRECTORY_BYTES_MAX;
        // One of that name belonged to a process that had this number before.
        let _ = std::fs::remove_dir_all(&path);
        let mut builder = std::fs::DirBuilder::new();
        let is_made = is_short && builder.mode(0o700).create(&path).is_ok();
        ProviderSockets(is_made.then_some(path))
    }
}

impl Drop for ProviderSockets {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // It may have been removed with everything else of the user.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

/// A socket that is removed together with this.
struct Socket {
    path: PathBuf,
    listener: UnixListener,
}

impl Socket {
    fn bind(place: &Place, fingerprint: &Fingerprint) -> Option<Socket> {
        let path = place.unfinished_socket();
        // One of that name belonged to a process that had this number before.
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).ok()?;
        let mut socket = Socket { path, listener };
        // The directory keeps others out; this says it once more.
        std::fs::set_permissions(&socket.path, std::fs::Permissions::from_mode(0o600)).ok()?;
        let name = place.socket(fingerprint);
        std::fs::rename(&socket.path, &name).ok()?;
        socket.path = name;
        Some(socket)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // It may have been removed with everything else of the user.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn who_finds_a_socket_finds_somebody_who_listens() {
        let scratch = tempfile::tempdir().unwrap();
        std::fs::set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let place = Place::find(Some(scratch.path().as_os_str()), scratch.path()).unwrap();
        let fingerprint = |number: u32| Fingerprint::from_text(&format!("{number:032x}{:032}", 0)).unwrap();
        let (newest, is_over) = (AtomicU32::new(0), AtomicBool::new(false));
        let bound: Vec<Socket> = std::thread::scope(|scope| {
            let looking = scope.spawn(|| {
                let mut found = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let socket = place.socket(&fingerprint(newest.load(Ordering::Relaxed)));
                    match UnixStream::connect(&socket) {
                        Ok(_) => found += 1,
                        Err(problem) if problem.kind() == ErrorKind::NotFound => {}
                        Err(problem) => return Err(problem),
                    }
                }
                Ok(found)
            });
            let bind = |number| {
                newest.store(number, Ordering::Relaxed);
                Socket::bind(&place, &fingerprint(number)).unwrap()
            };
            let bound = (1..400).map(bind).collect();
            is_over.store(true, Ordering::Relaxed);
            assert!(looking.join().unwrap().unwrap() > 0);
            bound
        });
        drop(bound);
        assert!(place.sockets(None).is_empty());
        assert!(!place.unfinished_socket().exists());
    }
}
