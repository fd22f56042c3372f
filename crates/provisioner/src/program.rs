//! Programs while they run.
//!
//! Responsible for starting a program in a process group of its own, for passing on what it writes
//! line by line, and for ending all of them at once where nobody waits any more. An interrupt from the
//! keyboard does not reach such a group, so that what runs comes to its end.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, PipeReader, Write as _};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plumb_state::ProvisionOutput;
use tokio::process::Command;
use tokio::sync::oneshot;

use crate::lines::{LINE_BYTES_MAX, shown};
use crate::tail::Tail;

/// The programs that are running, by process group.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    groups: Mutex<Groups>,
}

#[derive(Debug, Default)]
struct Groups {
    running: BTreeSet<u32>,
    /// Nothing may be started any more.
    is_over: bool,
}

/// How a program ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// The end of what it wrote.
    pub(crate) tail: String,
}

/// Why a program did not run.
pub(crate) enum NotRun {
    /// It could not be started, or nobody could wait for it.
    Failed(std::io::Error),
    /// The command is being stopped.
    Stopped,
}

impl From<std::io::Error> for NotRun {
    fn from(error: std::io::Error) -> Self {
        NotRun::Failed(error)
    }
}

/// Takes a program off the list when it has ended, however the wait for it ends.
struct Listed<'a> {
    programs: &'a Programs,
    group: u32,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.programs.groups().running.remove(&self.group);
    }
}

impl Programs {
    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a program to its end, and until everybody has closed what it writes to. It reads `input`.
    pub(crate) async fn run(
        &self,
        mut command: Command,
        input: Option<Vec<u8>>,
        output: &ProvisionOutput,
    ) -> Result<Ended, NotRun> {
        let (reader, writer) = std::io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        #[cfg(unix)]
        command.process_group(0);
        let (mut child, _listed) = {
            // Whoever stops everything either finds it on the list or keeps it from being started.
            let mut groups = self.groups();
            if groups.is_over {
                return Err(NotRun::Stopped);
            }
            let child = command.spawn()?;
            let group = child.id().unwrap_or_default();
            groups.running.insert(group);
            (child, Listed { programs: self, group })
        };
        // It holds the other end of the pipe.
        drop(command);
        if let (Some(input), Some(stdin)) = (input, child.stdin.take()) {
            feed(stdin, input)?;
        }
        let tail = pass_on(reader, output.clone())?;
        let status = child.wait().await?;
        // Nobody ends the thread that reads but the programs that write.
        let tail = tail.await.unwrap_or_default();
        Ok(Ended { status, tail })
    }

    /// Ends every program, at once, with all that they have started, and lets nothing start any more.
    pub(crate) fn abort(&self) {
        let mut groups = self.groups();
        groups.is_over = true;
        for group in &groups.running {
            end(*group);
        }
    }
}

#[cfg(unix)]
fn end(group: u32) {
    let id = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        // One that has just ended by itself is what was wanted.
        let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
fn end(_group: u32) {}

/// Writes to a program without keeping anybody waiting: it need not read what it is given.
fn feed(stdin: tokio::process::ChildStdin, input: Vec<u8>) -> std::io::Result<()> {
    #[cfg(unix)]
    let mut stdin = std::fs::File::from(stdin.into_owned_fd()?);
    #[cfg(not(unix))]
    let mut stdin = std::fs::File::from(stdin.into_owned_handle()?);
    std::thread::Builder::new().name("provisioner input".to_owned()).spawn(move || {
        // A program that ends before it has read everything says itself what is wrong.
        let _ = stdin.write_all(&input);
    })?;
    Ok(())
}

/// Passes on every line as it comes; in the end the last of what was written.
fn pass_on(reader: PipeReader, output: ProvisionOutput) -> std::io::Result<oneshot::Receiver<String>> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new().name("provisioner output".to_owned()).spawn(move || {
        let mut tail = Tail::default();
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        loop {
            line.clear();
            let mut piece = std::io::Read::take(&mut reader, LINE_BYTES_MAX as u64);
            match piece.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => break,
                Ok(_) => {
                    tail.push(&line);
                    output(&shown(&line));
                }
            }
        }
        // Where nobody waits for it any more, nobody is to be told.
        let _ = sender.send(tail.into_text());
    })?;
    Ok(receiver)
}

/// How a program ended, in words.
pub(crate) fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("ended by signal {signal}");
    }
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => "no exit status".to_owned(),
    }
}

/// Programs that several provisioners share.
pub(crate) type Shared = Arc<Programs>;
