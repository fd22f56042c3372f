//! Programs of this machine whose standard input and output are a connection.

use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{oneshot, watch};

use crate::quote::posix_quoted;
use crate::settings::ProxyCommand;

/// So much of what it said last is told.
const TOLD_BYTES_MAX: usize = 1000;
/// How long what is left of its last words is waited for once it has ended, and its end once its stream has.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Until it is known what became of it.
const ENDED_MAX: Duration = Duration::from_millis(1500);

/// The stream that a program is. The program ends with it.
pub(crate) struct Piped {
    input: ChildStdin,
    output: ChildStdout,
    _running: oneshot::Sender<()>,
}

/// What becomes of a program.
#[derive(Clone)]
pub(crate) struct Fate {
    command: String,
    errors: Arc<Mutex<Vec<u8>>>,
    ended: watch::Receiver<Option<String>>,
}

/// Starts a program.
pub(crate) fn start(command: &ProxyCommand) -> std::io::Result<(Piped, Fate)> {
    let mut child = Command::new(&command.program)
        .args(&command.arguments)
        .envs(command.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (Some(input), Some(output), Some(said)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(std::io::Error::other("its streams are not there"));
    };
    let errors = Arc::new(Mutex::new(Vec::new()));
    let (running, dropped) = oneshot::channel();
    let (ending, ended) = watch::channel(None);
    tokio::spawn(watch_over(child, said, errors.clone(), dropped, ending));
    let fate = Fate { command: described(command), errors, ended };
    Ok((Piped { input, output, _running: running }, fate))
}

/// The program as people would type it.
pub(crate) fn described(command: &ProxyCommand) -> String {
    let words = [&command.program].into_iter().chain(&command.arguments);
    posix_quoted(&words.map(String::as_str).collect::<Vec<_>>())
}

/// Waits for its end, or ends it when its stream is gone.
async fn watch_over(
    mut child: Child,
    said: ChildStderr,
    errors: Arc<Mutex<Vec<u8>>>,
    dropped: oneshot::Receiver<()>,
    ending: watch::Sender<Option<String>>,
) {
    let reading = read_errors(said, errors);
    let mut reading = std::pin::pin!(reading);
    let waiting = async {
        tokio::select! {
            status = child.wait() => status,
            // It has nothing left to do, and may be about to say why.
            _ = dropped => match tokio::time::timeout(LAST_WORDS, child.wait()).await {
                Ok(status) => status,
                Err(_) => {
                    let _ = child.start_kill();
                    let _ = child.wait().await;
                    Err(std::io::Error::other("it was ended with the connection"))
                }
            }
        }
    };
    let mut waiting = std::pin::pin!(waiting);
    let status = tokio::select! {
        status = &mut waiting => {
            // Others may hold its standard error open for as long as they like.
            let _ = tokio::time::timeout(LAST_WORDS, reading).await;
            status
        }
        () = &mut reading => waiting.await,
    };
    // One that was ended has not failed: nothing is said of that.
    if let Ok(status) = status {
        ending.send_replace(Some(words(status)));
    }
}

fn words(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("it ended with exit status {code}"),
        None => format!("it ended: {status}"),
    }
}

/// Reads to the end, and keeps the last of it.
async fn read_errors(mut said: ChildStderr, errors: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = said.read(&mut buffer).await {
        let mut errors = errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.extend_from_slice(&buffer[..read]);
        let excess = errors.len().saturating_sub(TOLD_BYTES_MAX);
        errors.drain(..excess);
    }
}

impl Fate {
    /// The program as people would type it.
    pub(crate) fn command(&self) -> &str {
        &self.command
    }

    /// How it ended and what it said, if it ends now.
    pub(crate) async fn told(&mut self) -> Option<String> {
        let ended = tokio::time::timeout(ENDED_MAX, self.ended.wait_for(Option::is_some)).await;
        let how = ended.ok()?.ok()?.clone()?;
        Some(format!("{how}{}", self.said()))
    }

    /// What it has said on its standard error so far, after a colon.
    pub(crate) fn said(&self) -> String {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&errors);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() { String::new() } else { format!(": {}", lines.join("; ")) }
    }
}

impl AsyncRead for Piped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.output).poll_read(context, buffer)
    }
}

impl AsyncWrite for Piped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(context)
    }
}
