//! The side of commands: finding a spare, and leaving one behind for the next command.

use std::collections::BTreeMap;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use plumb_plugin::spare::{HandOver, Spare, SpareEvent, SpareSource};
use plumb_plugin::{LaunchOptions, SchemaCache, Source};
use tokio::sync::{mpsc, oneshot};

use crate::circumstances::Circumstances;
use crate::fingerprint::{Fingerprint, Secret, Subject};
use crate::keeper::{ALIKE_MAX, Assignment};
use crate::place::Place;
use crate::wire::{ANSWER_TIMEOUT, Conversation, Reply, Request};
use crate::{KEEPER_ARGUMENT, Limits};

/// How long to wait for a spare that is being started. Starting another meanwhile would make both
/// slower; most take a fraction of this.
const COMING_TIMEOUT: Duration = Duration::from_secs(2);

/// What a command must know to use spares.
#[derive(Debug)]
pub struct SparesOptions {
    /// Where they are found.
    pub place: Place,
    /// What those that are left behind may take.
    pub limits: Limits,
    /// Where digests of programs are remembered, and in which directory that is.
    pub cache: Arc<SchemaCache>,
    /// The directory of the cache.
    pub cache_directory: PathBuf,
}

/// The spares that a command may use.
pub struct Spares {
    options: SparesOptions,
    secret: Secret,
    circumstances: Circumstances,
    used: Mutex<BTreeMap<(PathBuf, bool), Used>>,
}

/// A program of which the command used processes.
struct Used {
    provider: String,
    start_s: u64,
    processes: usize,
}

impl Spares {
    /// Nothing where this system or this user cannot have spares.
    pub fn new(options: SparesOptions) -> Option<Spares> {
        let secret = options.place.secret().ok()?;
        let circumstances = Circumstances::of_process()?;
        Some(Spares { options, secret, circumstances, used: Mutex::default() })
    }

    /// Leaves a spare behind for each program that was used, at the end of a command. The processes
    /// go on after this one; nothing is waited for, and what fails is not worth a word.
    pub fn leave_behind(&self) {
        let used = std::mem::take(&mut *self.used());
        for ((program, tls), used) in used {
            let there = self.fingerprint(&program, tls).map_or(0, |fingerprint| self.alive(&fingerprint));
            let assignment = Assignment {
                provider: used.provider,
                program,
                tls,
                cache: self.options.cache_directory.clone(),
                idle_s: self.options.limits.idle.as_secs(),
                memory_bytes_max: self.options.limits.memory_bytes_max,
                start_s: used.start_s,
            };
            for _ in there..used.processes.min(ALIKE_MAX) {
                start_keeper(&assignment);
            }
        }
    }

    fn used(&self) -> MutexGuard<'_, BTreeMap<(PathBuf, bool), Used>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing while the digest of the program is not known; to work it out takes longer than to start
    /// the program.
    fn fingerprint(&self, program: &Path, tls: bool) -> Option<Fingerprint> {
        let digest = self.options.cache.remembered_digest(program)?;
        let subject = Subject { program, tls, digest: &digest };
        Some(Fingerprint::new(&self.secret, &self.circumstances, &subject))
    }

    /// How many keepers listen. Sockets of others, which were killed, are removed.
    fn alive(&self, fingerprint: &Fingerprint) -> usize {
        let sockets = self.options.place.sockets(Some(fingerprint));
        let is_alive = |socket: &PathBuf| match std::os::unix::net::UnixStream::connect(socket) {
            Ok(_) => true,
            Err(problem) => {
                if problem.kind() == std::io::ErrorKind::ConnectionRefused {
                    let _ = std::fs::remove_file(socket);
                }
                false
            }
        };
        sockets.iter().filter(|socket| is_alive(socket)).count()
    }
}

fn start_keeper(assignment: &Assignment) {
    let (Ok(own), Some(argument)) = (std::env::current_exe(), assignment.to_argument()) else { return };
    let started = std::process::Command::new(own)
        .arg(KEEPER_ARGUMENT)
        .arg(argument)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // What is typed at the terminal is not meant for it.
        .process_group(0)
        .spawn();
    // Not waited for: it goes on after this process. Where there is none, there is no spare.
    drop(started);
}

#[async_trait]
impl SpareSource for Spares {
    async fn take(&self, options: &LaunchOptions) -> Option<Spare> {
        let Source::Program { path, arguments } = &options.source else { return None };
        // Keepers pass on what they have inherited, and nothing else.
        if !arguments.is_empty() || !options.environment.is_empty() {
            return None;
        }
        let start_s = options.handshake_timeout.as_secs();
        let provider = options.provider.to_string();
        let new = || Used { provider, start_s, processes: 0 };
        self.used().entry((path.clone(), options.tls)).or_insert_with(new).processes += 1;
        let fingerprint = self.fingerprint(path, options.tls)?;
        for socket in self.options.place.sockets(Some(&fingerprint)) {
            if let Some(spare) = take_from(&socket, &fingerprint).await {
                return Some(spare);
            }
        }
        None
    }
}

/// Asks a keeper for its spare. There is none where the keeper does not answer in time, and where
/// somebody else is quicker.
async fn take_from(socket: &Path, fingerprint: &Fingerprint) -> Option<Spare> {
    let request = Request::Take(fingerprint.clone());
    let mut conversation = Conversation::ask(socket, &request).await.ok()?;
    let Ok(Reply::Coming) = conversation.reader.read_within(ANSWER_TIMEOUT).await else { return None };
    let Ok(Reply::HandOver(text)) = conversation.reader.read_within(COMING_TIMEOUT).await else {
        return None;
    };
    let hand_over = HandOver::from_text(&text)?;
    let (sender, events) = mpsc::unbounded_channel();
    let (kill, killed) = oneshot::channel::<()>();
    tokio::spawn(follow(conversation, sender, killed));
    Some(Spare { hand_over, events, kill: Box::new(move || drop(kill)) })
}

/// Passes on what a keeper tells, until its end. Where the spare is not needed any more the keeper
/// hears so by the end of what is said to it.
async fn follow(
    conversation: Conversation,
    events: mpsc::UnboundedSender<SpareEvent>,
    mut killed: oneshot::Receiver<()>,
) {
    let Conversation { mut reader, writer } = conversation;
    let mut writer = Some(writer);
    loop {
        let reply = tokio::select! {
            reply = reader.read::<Reply>() => reply,
            _ = &mut killed, if writer.is_some() => {
                writer = None;
                continue;
            }
        };
        let event = match reply {
            Ok(Reply::Logged(line)) => SpareEvent::Logged(line),
            Ok(Reply::Exited(status)) => SpareEvent::Exited(ExitStatus::from_raw(status)),
            Ok(_) | Err(_) => return,
        };
        if events.send(event).is_err() {
            return;
        }
    }
}
