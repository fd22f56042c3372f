//! Programs of this machine: a shell here, or one that a program here starts elsewhere, such as in a
//! container.

use std::collections::HashMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::{Duration, Instant};

use super::{Exit, Input, Output, Program, Said, Transport, TransportError};

/// How much is read at once.
const READ_BYTES: usize = 16 * 1024;
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Command lines go to a program of this machine, as its last argument.
#[derive(Clone)]
pub struct Local {
    host: String,
    program: Vec<String>,
    /// All variables of the program, where they are not those of this process.
    environment: Option<HashMap<String, String>>,
}

impl std::fmt::Debug for Local {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Variables may be secret.
        out.debug_struct("Local")
            .field("host", &self.host)
            .field("program", &self.program)
            .finish_non_exhaustive()
    }
}

impl Local {
    /// This machine.
    pub fn machine() -> Self {
        Local::through("localhost", ["sh", "-c"])
    }

    /// A running container of `docker` or `podman`.
    pub fn container(engine: &str, name: &str) -> Self {
        Local::through(name, [engine, "exec", "-i", name, "sh", "-c"])
    }

    /// A directory that is a system of its own.
    pub fn chroot(directory: &str) -> Self {
        Local::through(directory, ["chroot", directory, "sh", "-c"])
    }

    /// What a program makes of the line that follows these words.
    pub fn through<'a>(host: &str, program: impl IntoIterator<Item = &'a str>) -> Self {
        let program = program.into_iter().map(str::to_owned).collect();
        Local { host: host.to_owned(), program, environment: None }
    }

    /// The same with these variables of the environment, and no others.
    #[must_use]
    pub fn with_environment(self, environment: HashMap<String, String>) -> Self {
        Local { environment: Some(environment), ..self }
    }

    fn error(&self, what: &str, why: &std::io::Error) -> TransportError {
        TransportError::not_started(&*self.host, format!("{what}: {why}"))
    }
}

#[async_trait]
impl Transport for Local {
    fn host(&self) -> &str {
        &self.host
    }

    async fn start(&self, line: &str) -> Result<Program, TransportError> {
        let (name, arguments) = self.program.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
        let mut command = Command::new(name);
        command.args(arguments).arg(line).kill_on_drop(true);
        if let Some(environment) = &self.environment {
            command.env_clear().envs(environment);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().map_err(|why| self.error(&format!("{name} cannot be started"), &why))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let input = LocalInput { stdin, host: self.host.clone() };
        let output = LocalOutput {
            child,
            output: Reader::new(stdout),
            errors: Reader::new(stderr),
            last_words: None,
            ended: false,
        };
        Ok(Program { input: Box::new(input), output: Box::new(output) })
    }
}

struct LocalInput {
    stdin: Option<ChildStdin>,
    host: String,
}

#[async_trait]
impl Input for LocalInput {
    async fn send(&mut self, bytes: Bytes) -> Result<(), TransportError> {
        let Some(stdin) = &mut self.stdin else { return Ok(()) };
        let sent = match stdin.write_all(&bytes).await {
            Ok(()) => stdin.flush().await,
            Err(why) => Err(why),
        };
        sent.map_err(|why| TransportError::lost(&*self.host, format!("writing to its shell: {why}")))
    }
}

struct LocalOutput {
    child: Child,
    output: Reader<ChildStdout>,
    errors: Reader<ChildStderr>,
    /// Until when to wait for what a program has written that has ended: others may hold its streams open
    /// for as long as they like.
    last_words: Option<Instant>,
    ended: bool,
}

#[async_trait]
impl Output for LocalOutput {
    async fn next(&mut self) -> Option<Said> {
        while !(self.output.is_done() && self.errors.is_done()) {
            let said = tokio::select! {
                bytes = self.output.next(), if !self.output.is_done() => bytes.map(Said::Output),
                bytes = self.errors.next(), if !self.errors.is_done() => bytes.map(Said::Errors),
                _ = self.child.wait(), if self.last_words.is_none() => {
                    self.last_words = Some(Instant::now() + LAST_WORDS);
                    None
                }
                () = passed(self.last_words), if self.last_words.is_some() => break,
            };
            if said.is_some() {
                return said;
            }
        }
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        Some(Said::Ended(self.child.wait().await.map_or(Exit::Unknown, exit)))
    }
}

async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn exit(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Status(code.cast_unsigned()),
        (None, Some(signal)) => Exit::Signal(signal.to_string()),
        (None, None) => Exit::Unknown,
    }
}

/// Reads a stream to its end. Being interrupted loses nothing.
struct Reader<R> {
    stream: Option<R>,
    buffer: BytesMut,
}

impl<R: tokio::io::AsyncRead + Unpin> Reader<R> {
    fn new(stream: Option<R>) -> Self {
        Reader { stream, buffer: BytesMut::new() }
    }

    fn is_done(&self) -> bool {
        self.stream.is_none()
    }

    async fn next(&mut self) -> Option<Bytes> {
        let stream = self.stream.as_mut()?;
        self.buffer.reserve(READ_BYTES);
        match stream.read_buf(&mut self.buffer).await {
            Ok(read) if read > 0 => Some(self.buffer.split().freeze()),
            _ => {
                self.stream = None;
                None
            }
        }
    }
}
