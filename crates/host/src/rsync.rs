//! Files that the program rsync brings to a host.
//!
//! It speaks with itself on the other side, and leaves the way there to a program that it starts. Here that is a
//! few lines of shell, which hand everything on through two named pipes: so it goes the way that all else goes,
//! with its passwords and jumps, as every user, and into containers.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::process::Command;

use crate::host::{Host, HostError};
use crate::shell::{Event, Login, Reply, Stream};
use crate::transport::{Program, Said};

/// How much is read at once.
const READ_BYTES: usize = 64 * 1024;
/// So long is waited for what the other side says at its end.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Longer commands are none that rsync gives.
const COMMAND_BYTES_MAX: usize = 64 * 1024;
/// What rsync starts: it is told the command for the other side, says it, and then hands on both ways. Both
/// pipes are open before it says anything: the other side may have ended by the time that this goes on, and who
/// opens a pipe that nobody has any more waits for ever.
const BETWEEN: &str = r#"shift
exec 3>"$PLUMB_PIPES/there" 4<&0 5<"$PLUMB_PIPES/back"
printf '%s\n' "$*" >&3
cat <&4 >&3 5<&- &
exec 3>&- 4<&-
exec cat <&5
"#;

/// What is brought where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rsync {
    /// What of this machine, with a slash behind it where only what is in it is meant.
    pub source: PathBuf,
    /// Where on the host.
    pub destination: String,
    /// Options of rsync.
    pub flags: Vec<String>,
}

impl Host {
    /// Runs rsync here and there. That it cannot be run is a reply, too.
    pub async fn rsync(
        &mut self,
        login: &Login,
        rsync: &Rsync,
        observe: &mut (dyn FnMut(usize, Event<'_>) + Send),
    ) -> Result<Reply, HostError> {
        let failed = |why: String| Reply { status: 1, errors: why.into(), ..Reply::default() };
        let pipes = match Pipes::make().await {
            Ok(pipes) => pipes,
            Err(why) => return Ok(failed(format!("rsync has no way to the host: {why}"))),
        };
        let mut command = Command::new("rsync");
        // The other side takes arguments from this one, and not from a shell.
        let between = format!("sh '{}'", pipes.directory.path().join("between").display());
        command.args(&rsync.flags).args(["--protect-args", "--rsh", &between, "--"]).arg(&rsync.source);
        command.arg(format!("host:{}", rsync.destination));
        command.env("PLUMB_PIPES", pipes.directory.path()).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let child = match command.spawn() {
            Ok(child) => child,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
                return Ok(failed(
                    "this machine has no program rsync: install it, or use `files.sync`".to_owned(),
                ));
            }
            Err(why) => return Ok(failed(format!("rsync of this machine cannot be started: {why}"))),
        };
        let Pipes { directory: _directory, mut there, back } = pipes;
        let carrying = async {
            match command_of(&mut there).await {
                Some(line) => Ok(carry(self.program(login, &line).await?, there, back).await),
                None => Ok(Vec::new()),
            }
        };
        let (mut carrying, mut waiting) =
            (std::pin::pin!(carrying), std::pin::pin!(child.wait_with_output()));
        let mut carried: Option<Result<Vec<u8>, HostError>> = None;
        let ended = loop {
            tokio::select! {
                result = &mut carrying, if carried.is_none() => {
                    if result.is_err() {
                        return result.map(|_| Reply::default());
                    }
                    carried = Some(result);
                }
                ended = &mut waiting => break ended,
            }
        };
        // Why the other side ended may still be on its way.
        if carried.is_none() {
            carried = tokio::time::timeout(LAST_WORDS, carrying).await.ok();
        }
        let mut said = carried.transpose()?.unwrap_or_default();
        let ended = match ended {
            Ok(ended) => ended,
            Err(why) => return Ok(failed(format!("rsync of this machine cannot be waited for: {why}"))),
        };
        said.extend_from_slice(&ended.stderr);
        observe(0, Event::Wrote(Stream::Output, &ended.stdout));
        observe(0, Event::Wrote(Stream::Errors, &said));
        let status = ended.status.code().and_then(|code| u32::try_from(code).ok()).unwrap_or(1);
        Ok(Reply { status, output: ended.stdout.into(), errors: said.into(), ..Reply::default() })
    }
}

/// Two named pipes in a directory that nobody else looks into.
struct Pipes {
    directory: tempfile::TempDir,
    there: pipe::Receiver,
    back: pipe::Sender,
}

impl Pipes {
    async fn make() -> Result<Self, String> {
        let directory = tempfile::tempdir().map_err(|why| format!("no directory: {why}"))?;
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("between"), BETWEEN)
            .map_err(|why| format!("{}: {why}", path("between").display()))?;
        let mut make = Command::new("mkfifo");
        make.args(["-m", "600", "there", "back"]).current_dir(directory.path());
        let made = make.output().await.map_err(|why| format!("mkfifo: {why}"))?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).trim().to_owned());
        }
        let refused = |path: &Path, why: std::io::Error| format!("{}: {why}", path.display());
        let (there, back) = (path("there"), path("back"));
        let receiver = pipe::OpenOptions::new().open_receiver(&there).map_err(|why| refused(&there, why))?;
        // Nobody reads it yet, and only for whoever reads, too, that is no mistake.
        let sender = pipe::OpenOptions::new().read_write(true).open_sender(&back);
        let sender = sender.map_err(|why| refused(&back, why))?;
        Ok(Pipes { directory, there: receiver, back: sender })
    }
}

/// The command for the other side, which is said first; none where rsync has ended before.
async fn command_of(there: &mut pipe::Receiver) -> Option<String> {
    let mut line = Vec::new();
    while line.len() < COMMAND_BYTES_MAX {
        match there.read_u8().await {
            Ok(b'\n') => return String::from_utf8(line).ok(),
            Ok(byte) => line.push(byte),
            Err(_) => return None,
        }
    }
    None
}

/// Hands on both ways until both have ended; what the other side said beside.
async fn carry(program: Program, mut there: pipe::Receiver, mut back: pipe::Sender) -> Vec<u8> {
    let Program { mut input, mut output } = program;
    let sending = async move {
        let mut bytes = vec![0; READ_BYTES];
        while let Ok(count) = there.read(&mut bytes).await {
            if count == 0 || input.send(bytes[..count].to_vec().into()).await.is_err() {
                break;
            }
        }
    };
    let receiving = async move {
        let mut errors = Vec::new();
        loop {
            match output.next().await {
                Some(Said::Output(bytes)) => {
                    if back.write_all(&bytes).await.is_err() {
                        break;
                    }
                }
                Some(Said::Errors(bytes)) => errors.extend_from_slice(&bytes),
                Some(Said::Lost(error)) => errors.extend_from_slice(format!("{error}\n").as_bytes()),
                Some(Said::Ended(_)) => {}
                None => break,
            }
        }
        errors
    };
    tokio::join!(sending, receiving).1
}
