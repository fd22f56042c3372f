//! Connecting to a host, as often as it is worth it.

mod error;
mod failure;

use std::sync::Arc;
use std::time::Duration;

use plumb_ssh::{Connection, Error, WrongKey};
use rand::TryRng as _;
use rand::rngs::SysRng;

pub use error::ConnectError;
pub use failure::{Failure, FailureKind};

use crate::settings::{Destination, Resolved, Resolver, SettingsError};
use crate::transport::{Exit, OpenSsh, Said, Ssh, Transport};

/// By which means a host is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Means {
    /// By a connection of this process, and by OpenSSH's program where that alone can do it.
    #[default]
    Automatic,
    /// By a connection of this process.
    Own,
    /// By OpenSSH's program.
    Program,
}

/// How often to try, and how long to wait in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persistence {
    /// How often to try in all.
    pub attempts: u32,
    /// How long to wait after the first attempt; twice as long after each further one. Waits differ by up to
    /// a quarter, so that many hosts that are turned away at once do not come back at once.
    pub delay: Duration,
    /// The longest wait.
    pub delay_max: Duration,
}

impl Default for Persistence {
    /// Once.
    fn default() -> Self {
        Persistence { attempts: 1, delay: Duration::from_secs(1), delay_max: Duration::from_secs(20) }
    }
}

/// A host that has been reached.
pub struct Connected {
    /// The way to it.
    pub transport: Arc<dyn Transport>,
    /// What was left out of its settings, or done in another way, in words for people.
    pub notices: Vec<String>,
    /// Attempts that came to nothing before.
    pub failures: Vec<Failure>,
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Connected").field("host", &self.transport.host()).finish_non_exhaustive()
    }
}

/// What an attempt came to.
enum Attempt {
    Stands(Arc<dyn Transport>),
    Failed(Failure),
    /// OpenSSH's program can do it, and why it alone.
    NeedsProgram(Failure),
}

impl Resolver {
    /// Connects to a host. What another attempt cannot change is not tried again: a host that is not the one
    /// that it should be, or that does not let the user in.
    pub async fn connect(
        &self,
        destination: &Destination,
        means: Means,
        persistence: Persistence,
    ) -> Result<Connected, ConnectError> {
        let failed = |failures, notices| ConnectError { host: destination.host.clone(), failures, notices };
        let (mut notices, mut failures) = (Vec::new(), Vec::new());
        let mut own = match (means, self.resolve(destination).await) {
            (Means::Program, Ok(_) | Err(SettingsError::Unsupported { .. })) => None,
            (_, Ok(resolved)) => Some(resolved),
            (Means::Automatic, Err(SettingsError::Unsupported { what, .. })) => {
                notices.push(self.by_program(&what.join(", ")));
                None
            }
            (_, Err(error)) => return Err(failed(vec![Failure::of_settings(&error)], notices)),
        };
        notices.extend(own.iter().flat_map(|resolved| resolved.notices.clone()));
        if own.is_none() && (destination.password.is_some() || destination.passphrase.is_some()) {
            notices.push(format!(
                "{} asks nobody, so that the password or passphrase which is given is not used: add keys to an SSH \
                 agent instead",
                self.program()
            ));
        }
        let mut delay = persistence.delay;
        loop {
            let attempt = match &own {
                Some(resolved) => self.by_itself(resolved, &mut notices).await,
                None => self.through_program(destination).await,
            };
            let failure = match attempt {
                Attempt::Stands(transport) => return Ok(Connected { transport, notices, failures }),
                Attempt::NeedsProgram(failure) if means == Means::Automatic => {
                    notices.push(self.by_program(&failure.why));
                    own = None;
                    continue;
                }
                Attempt::NeedsProgram(failure) | Attempt::Failed(failure) => failure,
            };
            let may_change = failure.kind.may_change();
            failures.push(failure);
            if !may_change || failures.len() >= persistence.attempts as usize {
                return Err(failed(failures, notices));
            }
            tokio::time::sleep(varied(delay.min(persistence.delay_max))).await;
            delay = delay.saturating_mul(2);
        }
    }

    fn by_program(&self, why: &str) -> String {
        format!("it is reached through the program {}, which alone can do this: {why}", self.program())
    }

    /// By a connection of this process. A host that is new and was taken is written down once it stands.
    async fn by_itself(&self, resolved: &Resolved, notices: &mut Vec<String>) -> Attempt {
        match Connection::open(&resolved.settings).await {
            Ok(connection) => {
                let new = connection.new_hosts();
                let remembered = resolved.known_file.as_deref().and_then(|file| remembered(&new, file));
                let written = self.write_known(resolved, new).await;
                notices.extend(written.map_or_else(Some, |()| remembered));
                Attempt::Stands(Arc::new(Ssh::new(connection)))
            }
            Err(error) => {
                let needs_program = match &error {
                    Error::UnusableKey { why: WrongKey::SecurityKey, .. } => true,
                    Error::NotLetIn { accepted, .. } => {
                        accepted.iter().any(|way| resolved.other_ways.contains(&&**way))
                    }
                    error => error.has_nothing_in_common(),
                };
                let failure = Failure::of(&error);
                if needs_program { Attempt::NeedsProgram(failure) } else { Attempt::Failed(failure) }
            }
        }
    }

    /// By OpenSSH's program, which is tried with a command that does nothing.
    async fn through_program(&self, destination: &Destination) -> Attempt {
        let environment = &self.surroundings().environment;
        let transport =
            OpenSsh::new(self.program(), &destination.arguments(), &destination.host, environment);
        let mut output = match transport.start("exit 0").await {
            Ok(program) => program.output,
            Err(error) => return Attempt::Failed(Failure { kind: FailureKind::Program, why: error.why }),
        };
        loop {
            match output.next().await {
                Some(Said::Output(_) | Said::Errors(_)) => {}
                Some(Said::Lost(error)) => return Attempt::Failed(Failure::of_program(error.why)),
                // Whatever the user's shell makes of it, it is there.
                Some(Said::Ended(Exit::Status(_))) => return Attempt::Stands(Arc::new(transport)),
                Some(Said::Ended(exit)) => {
                    let why = format!("{}: {}", self.program(), exit.describe());
                    return Attempt::Failed(Failure { kind: FailureKind::Program, why });
                }
                None => {
                    let why = format!("{} ended without a word", self.program());
                    return Attempt::Failed(Failure { kind: FailureKind::Program, why });
                }
            }
        }
    }
}

/// That hosts were not known and are written down, in words for people. Lines name a host, a kind of key, and the key.
fn remembered(lines: &[String], file: &std::path::Path) -> Option<String> {
    let kind = |line: &String| line.split_ascii_whitespace().nth(1).map(str::to_owned);
    let kinds: Vec<String> = lines.iter().filter_map(kind).collect();
    let what = match kinds.as_slice() {
        [] => return None,
        [kind] => format!("its key ({kind}) was not known, and is"),
        several => format!("keys of {} hosts on the way were not known, and are", several.len()),
    };
    Some(format!("{what} from now on remembered in {}", file.display()))
}

/// A wait of three to five quarters.
fn varied(wait: Duration) -> Duration {
    let mut byte = [128];
    // Without random numbers they are all alike.
    let _ = SysRng.try_fill_bytes(&mut byte);
    wait.mul_f64(0.75 + f64::from(byte[0]) / 512.0)
}
