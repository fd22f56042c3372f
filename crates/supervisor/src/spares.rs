//! The side of commands: finding a spare, and leaving one behind for the next command.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use plumb_plugin::spare::{Configuration, ConfigurationKey, Spare, SpareSource};
use plumb_plugin::{LaunchOptions, SchemaCache, Source};

use crate::circumstances::Circumstances;
use crate::credentials;
use crate::fingerprint::{ConfiguredWith, Fingerprint, Secret, Subject};
use crate::keeper::{ALIKE_MAX, Assignment};
use crate::place::Place;
use crate::taken::take_from;
use crate::{KEEPER_ARGUMENT, Limits, REUSE_MAX};

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

    /// How long configured processes go on, where they do.
    fn life(&self) -> Option<Duration> {
        self.options.limits.reuse.map(|life| life.min(REUSE_MAX))
    }

    /// Remembers that a process of a program was used, one more or the first.
    fn note_use(&self, program: &Path, options: &LaunchOptions, is_one_more: bool) {
        let start_s = options.handshake_timeout.as_secs();
        let new = || Used { provider: options.provider.to_string(), start_s, processes: 0 };
        let mut used = self.used();
        let used = used.entry((program.to_owned(), options.tls)).or_insert_with(new);
        used.processes = if is_one_more { used.processes + 1 } else { used.processes.max(1) };
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
        let program = plain_program(options)?;
        self.note_use(program, options, true);
        let fingerprint = self.fingerprint(program, options.tls)?;
        for socket in self.options.place.sockets(Some(&fingerprint)) {
            if let Some(spare) = take_from(&socket, &fingerprint, self.life()).await {
                return Some(spare);
            }
        }
        None
    }

    fn recognise(&self, options: &LaunchOptions, configuration: &Configuration) -> Option<ConfigurationKey> {
        let life = self.life()?;
        let fresh = self.fingerprint(plain_program(options)?, options.tls)?;
        let with = ConfiguredWith {
            provider: &options.provider.to_string(),
            life,
            message: configuration.request(),
            files: &credentials::digest(configuration.texts())?,
        };
        Some(ConfigurationKey::new(fresh.configured(&self.secret, &with).as_text()))
    }

    async fn take_configured(&self, options: &LaunchOptions, key: &ConfigurationKey) -> Option<Spare> {
        let program = plain_program(options)?;
        let fingerprint = Fingerprint::from_text(key.as_text())?;
        for socket in self.options.place.sockets(Some(&fingerprint)) {
            if let Some(spare) = take_from(&socket, &fingerprint, self.life()).await {
                self.note_use(program, options, false);
                return Some(spare);
            }
        }
        None
    }
}

/// The program of these options. Keepers pass on what they have inherited, and nothing else.
fn plain_program(options: &LaunchOptions) -> Option<&Path> {
    match &options.source {
        Source::Program { path, arguments } if arguments.is_empty() && options.environment.is_empty() => {
            Some(path)
        }
        _ => None,
    }
}
