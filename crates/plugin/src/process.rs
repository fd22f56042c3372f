//! A provider program while it runs.
//!
//! Responsible for starting it, reading what it prints, noticing its end, and making sure that it
//! does not outlive its owner. It does not talk to it.

use std::io::{ErrorKind, PipeReader};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{mpsc, watch};

use crate::log::{LastLines, LogSink, quiet_variables};
use crate::log_reader::{LINE_BYTES_MAX, LogEnd, LogReader};
use crate::protocol::{
    CLIENT_CERTIFICATE_NAME, MAGIC_COOKIE, MAGIC_COOKIE_NAME, SOCKET_DIRECTORY_NAME, VERSIONS_NAME,
};
use crate::spare::{Kept, Returned, Spare, SpareEvent};
use crate::{Cause, Handshake};

/// How long to wait for a process whose output has ended.
const EXIT_AFTER_OUTPUT_MS: u64 = 500;
/// How long to wait for the last log lines of a process that has ended.
const LOG_AFTER_EXIT_MS: u64 = 200;
/// A program that was just written may be held open by a process that is being started.
const BUSY_ATTEMPTS_MAX: u32 = 5;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub(crate) ExitStatus);

impl Exit {
    /// How it ended.
    pub fn status(self) -> ExitStatus {
        self.0
    }

    /// The end of a process that was killed.
    fn by_kill() -> Exit {
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt as _;
            Exit(ExitStatus::from_raw(9))
        }
        #[cfg(not(unix))]
        Exit(ExitStatus::default())
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt as _;
            if let Some(signal) = self.0.signal() {
                return match signal_name(signal) {
                    Some(name) => write!(out, "was ended by signal {signal} ({name})"),
                    None => write!(out, "was ended by signal {signal}"),
                };
            }
        }
        match self.0.code() {
            Some(code) => write!(out, "ended with exit code {code}"),
            None => out.write_str("ended"),
        }
    }
}

fn signal_name(signal: i32) -> Option<&'static str> {
    match signal {
        1 => Some("hang up"),
        2 => Some("interrupt"),
        4 => Some("illegal instruction"),
        6 => Some("abort"),
        7 => Some("bus error"),
        9 => Some("kill; often for want of memory"),
        11 => Some("segmentation fault"),
        15 => Some("terminate"),
        _ => None,
    }
}

/// How to start a program.
pub(crate) struct Launch {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<std::ffi::OsString>,
    pub(crate) environment: Vec<(std::ffi::OsString, std::ffi::OsString)>,
    pub(crate) client_certificate: Option<String>,
    pub(crate) handshake_timeout: Duration,
    /// Where it shall put its socket; a temporary directory is made where there is none.
    pub(crate) socket_directory: Option<PathBuf>,
    pub(crate) log_sink: Option<LogSink>,
}

/// Variables with their values.
type Variables = [(String, &'static str)];

impl Launch {
    /// What keeps the provider from writing down what nobody has asked for; nothing where they have.
    fn quiet_variables(&self) -> Vec<(String, &'static str)> {
        quiet_variables(std::iter::once(&*self.program).chain(self.arguments.iter().map(Path::new)))
    }
}

/// A process. It is killed when this is dropped.
pub(crate) struct Process {
    /// Known of those that were started here.
    id: Option<u32>,
    exit: watch::Receiver<Option<Exit>>,
    log_end: LogEnd,
    kill: watch::Sender<bool>,
    log: Arc<LastLines>,
    /// Where the plugin was told to put its socket; removed with whatever a killed one left there.
    sockets: Option<TempDir>,
    keeper: Kept,
}

impl Process {
    /// Starts the program and waits for its handshake. The lines it has logged come with the error.
    pub(crate) async fn start(command: &Launch) -> Result<(Process, Handshake), (Cause, Vec<String>)> {
        let sockets = if command.socket_directory.is_none() { private_directory() } else { None };
        let quiet = command.quiet_variables();
        let spawned = spawn(command, &quiet, sockets.as_ref()).await;
        let (mut child, stderr) = spawned.map_err(|cause| (cause, Vec::new()))?;
        let log = Arc::new(LastLines::default());
        let (last, sink) = (log.clone(), command.log_sink.clone());
        let log_end = LogReader { last, sink, is_awaited: quiet.is_empty() }.start(stderr);
        let log_end = log_end.map_err(|problem| (Cause::Start(Arc::new(problem)), Vec::new()))?;
        let stdout = child.stdout.take();
        let id = child.id();
        let (kill, kill_receiver) = watch::channel(false);
        let (exit_sender, exit) = watch::channel(None);
        tokio::spawn(supervise(child, kill_receiver, exit_sender));
        let process = Process { id, exit, log_end, kill, log, sockets, keeper: Kept::default() };

        let Some(stdout) = stdout else {
            let cause = Cause::Start(Arc::new(std::io::Error::other("its output cannot be read")));
            return Err((cause, Vec::new()));
        };
        match process.handshake(stdout, command).await {
            Ok(handshake) => Ok((process, handshake)),
            Err(cause) => {
                // What it logs on its way out is often the reason.
                process.kill.send_replace(true);
                process.settle().await;
                Err((cause, process.last_lines()))
            }
        }
    }

    /// Takes over a process that somebody else started and keeps.
    pub(crate) fn adopt(spare: Spare, log_sink: Option<LogSink>) -> Process {
        let log = Arc::new(LastLines::default());
        let (kill, kill_receiver) = watch::channel(false);
        let (exit_sender, exit) = watch::channel(None);
        let (log_ended_sender, log_ended) = watch::channel(false);
        let Spare { events, keeper, .. } = spare;
        let keeper = Kept::by(keeper);
        let process = Process {
            id: None,
            exit,
            log_end: LogEnd::told(log_ended),
            kill,
            log: log.clone(),
            sockets: None,
            keeper: keeper.clone(),
        };
        tokio::spawn(async move {
            let exit = follow(events, keeper, kill_receiver, &log, log_sink.as_ref()).await;
            log_ended_sender.send_replace(true);
            exit_sender.send_replace(Some(exit));
        });
        process
    }

    /// Whether somebody keeps it who would have it back.
    pub(crate) fn can_be_given_back(&self) -> bool {
        self.ended().is_none() && self.keeper.takes_back()
    }

    /// Gives it back to the one who keeps it.
    pub(crate) async fn give_back(self, standing: Returned) {
        if let Some(keeper) = self.keeper.take() {
            keeper.take_back(standing).await;
        }
    }

    /// Removes the socket: nobody else is to connect, and nothing is left behind should this process
    /// end without warning.
    pub(crate) fn close_door(&mut self) {
        self.sockets = None;
    }

    /// The number by which the system knows it, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.id.filter(|_| self.ended().is_none())
    }

    async fn handshake(&self, stdout: ChildStdout, command: &Launch) -> Result<Handshake, Cause> {
        let mut stdout = BufReader::new(stdout);
        let line = match tokio::time::timeout(command.handshake_timeout, read_line(&mut stdout)).await {
            Err(_) => return Err(Cause::HandshakeTimeout(command.handshake_timeout)),
            Ok(Some(line)) => line,
            Ok(None) => {
                let wait = Duration::from_millis(EXIT_AFTER_OUTPUT_MS);
                return Err(match tokio::time::timeout(wait, self.exited()).await {
                    Ok(exit) => Cause::ExitedEarly(exit),
                    Err(_) => Cause::Handshake(crate::HandshakeError::Unrecognized { line: String::new() }),
                });
            }
        };
        let handshake = Handshake::parse(&line).map_err(Cause::Handshake)?;
        // A plugin whose output nobody reads comes to a halt when the pipe is full.
        let sink = command.log_sink.clone();
        tokio::spawn(async move {
            while let Some(text) = read_line(&mut stdout).await {
                if let Some(sink) = &sink {
                    sink(&text);
                }
            }
        });
        Ok(handshake)
    }

    /// Waits for its end.
    pub(crate) async fn exited(&self) -> Exit {
        let mut exit = self.exit.clone();
        loop {
            if let Some(exit) = *exit.borrow_and_update() {
                return exit;
            }
            if exit.changed().await.is_err() {
                // Without its supervisor, which only a runtime that is shutting down ends, nothing
                // more will be known of the process.
                std::future::pending::<()>().await;
            }
        }
    }

    /// How it has ended, where it has.
    pub(crate) fn ended(&self) -> Option<Exit> {
        *self.exit.borrow()
    }

    /// Waits for its end, but not for long.
    pub(crate) async fn exited_within(&self, limit: Duration) -> Option<Exit> {
        tokio::time::timeout(limit, self.exited()).await.ok()
    }

    /// Waits until everything that it logged before its end has been read, but not for long.
    pub(crate) async fn settle(&self) {
        self.log_end.wait(Duration::from_millis(LOG_AFTER_EXIT_MS)).await;
    }

    /// What it logged last.
    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.log.for_report()
    }

    /// Ends it at once.
    pub(crate) async fn kill(&self) {
        self.kill.send_replace(true);
        self.exited_within(Duration::from_secs(2)).await;
    }
}

/// Owns the process: reports its end, and ends it when it is told to or when nobody is left to ask.
async fn supervise(mut child: Child, mut kill: watch::Receiver<bool>, exit: watch::Sender<Option<Exit>>) {
    let told = async {
        // An error says that nobody is left to ask, which means the same.
        let _ = kill.wait_for(|kill| *kill).await;
    };
    let status = tokio::select! {
        status = child.wait() => status,
        () = told => {
            // Fails only where it has ended by itself, which is as good.
            let _ = child.start_kill();
            child.wait().await
        }
    };
    if let Ok(status) = status {
        exit.send_replace(Some(Exit(status)));
    }
}

/// Follows what becomes of a process that somebody else keeps, until its end.
async fn follow(
    mut events: mpsc::UnboundedReceiver<SpareEvent>,
    keeper: Kept,
    mut kill: watch::Receiver<bool>,
    log: &LastLines,
    sink: Option<&LogSink>,
) -> Exit {
    let mut is_wanted = true;
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            // An error says that nobody is left to ask, which means the same.
            _ = kill.wait_for(|kill| *kill), if is_wanted => {
                is_wanted = false;
                // Where it was given back nobody is there to be told.
                drop(keeper.take());
                continue;
            }
        };
        match event {
            Some(SpareEvent::Logged(lines)) => {
                for text in lines {
                    if let Some(sink) = sink {
                        sink(&text);
                    }
                    log.push(text);
                }
            }
            Some(SpareEvent::Exited(status)) => return Exit(status),
            // Its keeper is gone, and it does not outlive its keeper.
            None => return Exit::by_kill(),
        }
    }
}

/// Starts the process. Its log can be read from what comes with it.
async fn spawn(
    command: &Launch,
    quiet: &Variables,
    sockets: Option<&TempDir>,
) -> Result<(Child, PipeReader), Cause> {
    let mut attempt = 0;
    loop {
        let (log, its_log) = std::io::pipe().map_err(|problem| Cause::Start(Arc::new(problem)))?;
        // This process keeps nothing of the other end.
        match prepare(command, quiet, sockets).stderr(its_log).spawn() {
            Ok(child) => return Ok((child, log)),
            Err(problem)
                if problem.kind() == ErrorKind::ExecutableFileBusy && attempt < BUSY_ATTEMPTS_MAX =>
            {
                attempt += 1;
                tokio::time::sleep(Duration::from_millis(20 << attempt)).await;
            }
            Err(problem) => return Err(start_cause(command, problem)),
        }
    }
}

fn prepare(command: &Launch, quiet: &Variables, sockets: Option<&TempDir>) -> Command {
    let mut prepared = Command::new(&command.program);
    prepared
        .args(&command.arguments)
        .envs(quiet.iter().map(|(name, level)| (name, level)))
        .envs(command.environment.iter().map(|(name, value)| (name, value)))
        .env(MAGIC_COOKIE_NAME, MAGIC_COOKIE)
        .env(VERSIONS_NAME, "5,6")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000")
        .env_remove(CLIENT_CERTIFICATE_NAME)
        .env_remove("PLUGIN_MULTIPLEX_GRPC")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    if let Some(certificate) = &command.client_certificate {
        prepared.env(CLIENT_CERTIFICATE_NAME, certificate);
    }
    let given = command.socket_directory.as_deref();
    if let Some(sockets) = given.or_else(|| sockets.map(TempDir::path)) {
        prepared.env(SOCKET_DIRECTORY_NAME, sockets);
    }
    prepared
}

/// A directory that nobody else may enter. Plugins do without it where there is none, and those
/// from before it was thought of do so anyway.
fn private_directory() -> Option<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("plumb-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    builder.tempdir().ok()
}

fn start_cause(command: &Launch, problem: std::io::Error) -> Cause {
    /// What the system answers to programs in a format that it does not know.
    const WRONG_FORMAT: i32 = 8;
    match problem.kind() {
        // A program whose interpreter or loader is missing is reported in the same words.
        ErrorKind::NotFound if command.program.exists() => Cause::WrongFormat,
        ErrorKind::NotFound => Cause::Missing,
        ErrorKind::PermissionDenied => Cause::NotExecutable,
        _ if problem.raw_os_error() == Some(WRONG_FORMAT) => Cause::WrongFormat,
        _ => Cause::Start(Arc::new(problem)),
    }
}

/// The next line, in parts where it is very long; nothing at the end.
async fn read_line(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<String> {
    let mut line = Vec::new();
    match stream.take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(String::from_utf8_lossy(&line).into_owned()),
    }
}
