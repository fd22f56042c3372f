//! A plugin that cannot be talked to, explained.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_state::ProviderDiagnostic;
use plumb_value::Path;

use crate::{Exit, HandshakeError};

/// Why there is no talking to a plugin.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Cause {
    /// There is no such program.
    #[error("there is no such file")]
    Missing,
    /// The program may not be run.
    #[error("the file is not executable by the current user")]
    NotExecutable,
    /// The program is not one for this machine.
    #[error("the file is not a program for this system")]
    WrongFormat,
    /// It could not be started for another reason.
    #[error("it could not be started: {0}")]
    Start(Arc<std::io::Error>),
    /// It said nothing within the time allowed.
    #[error("it did not say that it is ready within {} seconds", seconds(*.0))]
    HandshakeTimeout(Duration),
    /// It ended before it was ready.
    #[error("it {0} before it was ready")]
    ExitedEarly(Exit),
    /// Its first words are not understood.
    #[error("{0}")]
    Handshake(HandshakeError),
    /// It is ready, but there is no connection to it.
    #[error("there is no connection to it: {0}")]
    Connect(String),
    /// It ended while it was to answer.
    #[error("it {exit} during {call}")]
    Exited {
        /// How it ended.
        exit: Exit,
        /// What it was to answer.
        call: &'static str,
    },
    /// It was gone before it could be asked.
    #[error("it {} before it could be asked for {call}", .exit.map_or("was gone".to_owned(), |exit| exit.to_string()))]
    Gone {
        /// How it ended, where it is known.
        exit: Option<Exit>,
        /// What it was to be asked.
        call: &'static str,
    },
    /// It is still to answer, and nobody waits for it any longer.
    #[error("it has not answered {call} for {} seconds", .waited.as_secs())]
    Unanswered {
        /// What it is to answer.
        call: &'static str,
        /// How long ago it was asked.
        waited: Duration,
    },
    /// The connection broke, but the process did not end.
    #[error("the connection broke during {call}: {reason}")]
    Disconnected {
        /// What it was to answer.
        call: &'static str,
        /// What was seen.
        reason: String,
    },
    /// It does not know a call.
    #[error("it does not support {call}")]
    Unsupported {
        /// What it was to answer.
        call: &'static str,
    },
    /// It answered with an error of the transport, not with diagnostics.
    #[error("it answered {call} with an error: {reason}")]
    Refused {
        /// What it was to answer.
        call: &'static str,
        /// What it said.
        reason: String,
    },
    /// It answered with something that is not an answer.
    #[error("its answer to {call} cannot be understood: {reason}")]
    Nonsense {
        /// What it was to answer.
        call: &'static str,
        /// What was seen.
        reason: String,
    },
}

/// Why there is no talking to a plugin, which plugin, and what it said last.
#[derive(Clone, Debug)]
pub struct PluginFailure {
    /// The provider's address, in the form for people.
    pub provider: Arc<str>,
    /// The program; `None` for one that someone else started.
    pub program: Option<PathBuf>,
    /// What happened.
    pub cause: Cause,
    /// The last lines of its log.
    pub log: Vec<String>,
}

/// To a tenth, which is as much as anybody wants to know.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10.0).round() / 10.0
}

impl Cause {
    fn summary(&self) -> &'static str {
        match self {
            Cause::Missing
            | Cause::NotExecutable
            | Cause::WrongFormat
            | Cause::Start(_)
            | Cause::HandshakeTimeout(_)
            | Cause::ExitedEarly(_)
            | Cause::Connect(_) => "Failed to start provider plugin",
            Cause::Handshake(HandshakeError::ProtocolVersion { .. }) => "Incompatible provider plugin",
            Cause::Handshake(_) => "Unrecognized provider plugin",
            Cause::Exited { .. }
            | Cause::Gone { .. }
            | Cause::Disconnected { .. }
            | Cause::Unanswered { .. } => "Plugin did not respond",
            Cause::Unsupported { .. } => "Unsupported plugin method",
            Cause::Refused { .. } | Cause::Nonsense { .. } => "Plugin error",
        }
    }

    /// Whether the plugin may have done what it was asked, at least in part: it was asked, and there is
    /// no answer that could be understood.
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Cause::Exited { .. }
            | Cause::Unanswered { .. }
            | Cause::Disconnected { .. }
            | Cause::Refused { .. }
            | Cause::Nonsense { .. } => true,
            Cause::Missing
            | Cause::NotExecutable
            | Cause::WrongFormat
            | Cause::Start(_)
            | Cause::HandshakeTimeout(_)
            | Cause::ExitedEarly(_)
            | Cause::Handshake(_)
            | Cause::Connect(_)
            | Cause::Gone { .. }
            | Cause::Unsupported { .. } => false,
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            Cause::Missing => "Run init to install the provider again.",
            Cause::NotExecutable => {
                "Make the file executable (chmod +x), check that its file system is not mounted with noexec, \
                 or run init to install the provider again."
            }
            Cause::WrongFormat => {
                "It may be meant for another operating system or processor, or be damaged. Run init to install \
                 the provider again for this system."
            }
            Cause::Handshake(HandshakeError::ProtocolVersion { .. }) => {
                "Choose another version of the provider in required_providers and run init -upgrade."
            }
            Cause::Handshake(_) => {
                "The program may not be a provider. Check where it was installed from, then run init to install \
                 the provider again."
            }
            Cause::Start(_) | Cause::HandshakeTimeout(_) | Cause::ExitedEarly(_) | Cause::Connect(_) => {
                "Run the command again with TF_LOG=trace to see more, or install another version of the provider."
            }
            Cause::Exited { .. } | Cause::Disconnected { .. } => {
                "This is most likely a fault of the provider, which its authors should be told about. What the \
                 provider was doing may have taken effect; plan again before you go on."
            }
            Cause::Gone { .. } => {
                "So this was not begun. What the provider was doing when it ended is told of elsewhere."
            }
            Cause::Unanswered { .. } => {
                "It may be waiting for something itself, such as a network that does not answer. Run the command \
                 again with TF_LOG=trace to see more. What it was doing may have taken effect; plan again before \
                 you go on."
            }
            Cause::Unsupported { .. } => "Another version of the provider may support it.",
            Cause::Refused { .. } | Cause::Nonsense { .. } => {
                "This is a fault of the provider, which its authors should be told about."
            }
        }
    }
}

impl PluginFailure {
    /// The headline.
    pub fn summary(&self) -> &'static str {
        self.cause.summary()
    }

    /// What happened, to whom, what was said last, and what to do.
    pub fn detail(&self) -> String {
        let place = match &self.program {
            Some(program) => format!(" ({})", program.display()),
            None => " (started outside of this command, see TF_REATTACH_PROVIDERS)".to_owned(),
        };
        let mut detail = format!("Provider {}{place}: {}.", self.provider, self.cause);
        if !self.log.is_empty() {
            detail.push_str("\n\nIts last log lines were:");
            for line in &self.log {
                detail.push_str("\n  ");
                detail.push_str(line);
            }
        }
        detail.push_str("\n\n");
        detail.push_str(self.cause.advice());
        detail
    }

    /// As what a provider would report itself.
    pub fn to_provider_diagnostic(&self) -> ProviderDiagnostic {
        ProviderDiagnostic {
            is_error: true,
            summary: self.summary().to_owned(),
            detail: self.detail(),
            path: Path::root(),
        }
    }
}

impl From<&PluginFailure> for Diagnostics {
    fn from(failure: &PluginFailure) -> Self {
        Diagnostic::error(failure.summary(), failure.detail()).into()
    }
}
