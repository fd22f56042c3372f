//! What a keeper is to keep, as it is told by the command that starts it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use plumb_address::ProviderAddress;
use plumb_plugin::{LaunchOptions, LogSink, Source};
use serde::{Deserialize, Serialize};

use crate::{GUARD_ARGUMENT, Limits};

/// What a keeper is to keep. Nothing of it is secret: it stands among the arguments of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Assignment {
    /// The provider's address, for people.
    pub(crate) provider: String,
    /// The program, as commands call it.
    pub(crate) program: PathBuf,
    /// Whether it is spoken to with TLS.
    pub(crate) tls: bool,
    /// Where digests of programs are remembered.
    pub(crate) cache: PathBuf,
    /// See [`Limits::idle`].
    pub(crate) idle_s: u64,
    /// See [`Limits::memory_bytes_max`].
    pub(crate) memory_bytes_max: u64,
    /// How long the provider may take to start.
    pub(crate) start_s: u64,
}

impl Assignment {
    /// As arguments of a process; nothing where the paths cannot be written so.
    pub(crate) fn to_argument(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    pub(crate) fn from_arguments(arguments: &[OsString]) -> Option<Assignment> {
        let [argument] = arguments else { return None };
        serde_json::from_str(argument.to_str()?).ok()
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            idle: Duration::from_secs(self.idle_s),
            memory_bytes_max: self.memory_bytes_max,
            reuse: None,
        }
    }

    /// How the provider is started: through a process that does not outlive this one.
    pub(crate) fn launch_options(
        &self,
        sockets: Option<PathBuf>,
        log_sink: LogSink,
    ) -> Option<LaunchOptions> {
        let parent = std::process::id().to_string();
        let arguments = vec![GUARD_ARGUMENT.into(), parent.into(), self.program.clone().into_os_string()];
        let mut options = LaunchOptions::program(ProviderAddress::parse(&self.provider).ok()?, "", "");
        options.source = Source::Program { path: std::env::current_exe().ok()?, arguments };
        options.tls = self.tls;
        options.handshake_timeout = Duration::from_secs(self.start_s);
        options.socket_directory = sockets;
        options.log_sink = Some(log_sink);
        Some(options)
    }
}
