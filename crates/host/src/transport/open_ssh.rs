//! OpenSSH's own program as the way to a host, for what it alone can do.
//!
//! Each program on the host is a connection of its own, unless the user's settings share one.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{Exit, Local, Output, Program, Said, Transport, TransportError};

/// How the program ends when it is not the host that has something to say.
const OWN_FAILURE: Exit = Exit::Status(255);
/// So much of what it said last is told.
const TOLD_BYTES_MAX: usize = 1000;
/// It is spoken with by a program: it asks nobody, and forwards nothing but bytes. What it says of itself is
/// needed.
const OPTIONS: [&str; 6] = [
    "BatchMode=yes",
    "ClearAllForwardings=yes",
    "RemoteCommand=none",
    "RequestTTY=no",
    "EscapeChar=none",
    "LogLevel=INFO",
];
/// How it begins to speak of a connection that is gone. It ends alike when the program on the host was ended by
/// a signal, and says nothing then.
const GONE: [&str; 12] = [
    "ssh: ",
    "Connection to ",
    "Connection closed by ",
    "Connection reset by ",
    "client_loop: ",
    "Timeout, server ",
    "Received disconnect from ",
    "Disconnected from ",
    "packet_write",
    "ssh_dispatch_run_fatal",
    "mux_client",
    "Write failed",
];

/// A host that the program `ssh` reaches.
#[derive(Debug)]
pub struct OpenSsh {
    local: Local,
}

impl OpenSsh {
    /// The host that the program knows by this name, with these arguments before it.
    pub fn new(
        program: &str,
        arguments: &[String],
        host: &str,
        environment: &HashMap<String, String>,
    ) -> Self {
        let options = OPTIONS.iter().flat_map(|option| ["-o", option]);
        let words = [program].into_iter().chain(options).chain(arguments.iter().map(String::as_str));
        let local = Local::through(host, words.chain(["--", host])).with_environment(environment.clone());
        OpenSsh { local }
    }
}

#[async_trait]
impl Transport for OpenSsh {
    fn host(&self) -> &str {
        self.local.host()
    }

    async fn start(&self, line: &str) -> Result<Program, TransportError> {
        let Program { input, output } = self.local.start(line).await?;
        let host = self.host().to_owned();
        let output = Told { output, host, errors: Vec::new(), has_spoken: false };
        Ok(Program { input, output: Box::new(output) })
    }
}

/// What a program on the host says, and what `ssh` says of itself.
struct Told {
    output: Box<dyn Output>,
    host: String,
    errors: Vec<u8>,
    /// Whether the program on the host has said something.
    has_spoken: bool,
}

impl Told {
    /// What is said of a connection that is gone, or that never was; nothing where it is the program on the
    /// host that has ended.
    fn gone(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.errors);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let is_of_it = |line: &&str| !self.has_spoken || GONE.iter().any(|begin| line.starts_with(begin));
        let lines: Vec<&str> = lines.filter(is_of_it).collect();
        match (lines.is_empty(), self.has_spoken) {
            (true, true) => None,
            (true, false) => Some("ssh ended with exit status 255".to_owned()),
            (false, _) => Some(format!("ssh says: {}", lines.join("; "))),
        }
    }
}

#[async_trait]
impl Output for Told {
    async fn next(&mut self) -> Option<Said> {
        let said = self.output.next().await?;
        match &said {
            Said::Output(_) => self.has_spoken = true,
            Said::Errors(bytes) => {
                self.errors.extend_from_slice(bytes);
                let excess = self.errors.len().saturating_sub(TOLD_BYTES_MAX);
                self.errors.drain(..excess);
            }
            Said::Ended(exit) if *exit == OWN_FAILURE => {
                if let Some(why) = self.gone() {
                    return Some(Said::Lost(TransportError::lost(&*self.host, why)));
                }
            }
            Said::Ended(_) | Said::Lost(_) => {}
        }
        Some(said)
    }
}
