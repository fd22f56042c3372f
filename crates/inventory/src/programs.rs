//! Programs that say which hosts there are.

use std::io::{Read, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// More than a program has to say of any number of hosts.
const OUTPUT_BYTES_MAX: usize = 256 * 1024 * 1024;
/// How much of its complaints is kept.
const ERRORS_BYTES_MAX: usize = 64 * 1024;
/// How often it is looked whether somebody wants it to end.
const GLANCE_MIN: Duration = Duration::from_millis(1);
const GLANCE_MAX: Duration = Duration::from_millis(25);
/// How long to wait for the streams of a program that has ended: others may hold them open.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Who runs programs, or says what programs would.
pub trait Programs {
    /// Runs a program to its end.
    ///
    /// # Errors
    /// Why it has not come to an end that counts.
    fn run(&self, program: &Path, arguments: &[String]) -> Result<Ended, ProgramError>;

    /// Whether the user may run what lies there.
    fn is_executable(&self, path: &Path) -> bool;
}

/// A program that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How it ended, where that was not well.
    pub failure: Option<String>,
    /// What it said.
    pub output: Vec<u8>,
    /// What it complained of, or the beginning of that.
    pub errors: String,
}

/// Why a program has not come to an end that counts.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not there, or not to be run.
    #[error("it cannot be started: {}", plumb_source::refusal(.0))]
    NotStarted(std::io::Error),
    /// It did not end in time.
    #[error("it did not end within {} seconds, and was ended", .0.as_secs())]
    TooSlow(Duration),
    /// It has more to say than anybody can use.
    #[error("it wrote more than {} MiB, and was ended", OUTPUT_BYTES_MAX / 1024 / 1024)]
    TooMuch,
    /// The user wants everything to end.
    #[error("the command was interrupted, so that it was ended")]
    Interrupted,
    /// The system failed.
    #[error("{}", plumb_source::refusal(.0))]
    System(#[from] std::io::Error),
}

/// Programs of this machine.
pub struct Processes<'a> {
    /// Where they are started.
    pub working_directory: PathBuf,
    /// How long each may take.
    pub timeout: Duration,
    /// Whether the user wants everything to end.
    pub is_interrupted: &'a dyn Fn() -> bool,
}

impl Programs for Processes<'_> {
    fn run(&self, program: &Path, arguments: &[String]) -> Result<Ended, ProgramError> {
        self.run_with_input(program, arguments, &[])
    }

    fn is_executable(&self, path: &Path) -> bool {
        let metadata = std::fs::metadata(self.working_directory.join(path));
        metadata.is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    }
}

impl Processes<'_> {
    /// Runs a program to its end that reads this.
    ///
    /// # Errors
    /// Why it has not come to an end that counts.
    pub fn run_with_input(
        &self,
        program: &Path,
        arguments: &[String],
        input: &[u8],
    ) -> Result<Ended, ProgramError> {
        let mut command = Command::new(self.found(program));
        command.args(arguments).current_dir(&self.working_directory);
        let read = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
        command.stdin(read).stdout(Stdio::piped()).stderr(Stdio::piped());
        // With a group of its own, whatever it has started can be ended together with it.
        let mut child = command.process_group(0).spawn().map_err(ProgramError::NotStarted)?;
        if let Some(mut stream) = child.stdin.take() {
            let input = input.to_vec();
            // Whoever does not want to read it all need not.
            std::thread::spawn(move || drop(stream.write_all(&input)));
        }
        let output = Stream::of(child.stdout.take(), OUTPUT_BYTES_MAX);
        let errors = Stream::of(child.stderr.take(), ERRORS_BYTES_MAX);
        let ended = self.wait(&mut child, &output, &errors);
        if ended.is_err() {
            end(&mut child);
        }
        ended
    }

    /// A path is one from the working directory on; a plain name is looked for by the system.
    fn found(&self, program: &Path) -> PathBuf {
        let is_path = program.components().count() > 1;
        if is_path { self.working_directory.join(program) } else { program.to_owned() }
    }

    fn wait(&self, child: &mut Child, output: &Stream, errors: &Stream) -> Result<Ended, ProgramError> {
        let deadline = Instant::now() + self.timeout;
        let mut ended: Option<(ExitStatus, Instant)> = None;
        let mut glance = GLANCE_MIN;
        loop {
            if output.is_too_long() {
                return Err(ProgramError::TooMuch);
            }
            if ended.is_none() {
                ended = child.try_wait()?.map(|status| (status, Instant::now() + LAST_WORDS));
            }
            if let Some((status, until)) = ended
                && ((output.is_done() && errors.is_done()) || Instant::now() > until)
            {
                return Ok(Ended {
                    failure: (!status.success()).then(|| status.to_string()),
                    output: output.taken(),
                    errors: String::from_utf8_lossy(&errors.taken()).trim().to_owned(),
                });
            }
            if (self.is_interrupted)() {
                return Err(ProgramError::Interrupted);
            }
            if Instant::now() > deadline {
                return Err(ProgramError::TooSlow(self.timeout));
            }
            std::thread::sleep(glance);
            glance = (glance * 2).min(GLANCE_MAX);
        }
    }
}

/// What a program says, read beside everything else. Nobody waits for its end who does not want to.
struct Stream {
    shared: Arc<Shared>,
    bytes_max: usize,
}

#[derive(Default)]
struct Shared {
    bytes: Mutex<Vec<u8>>,
    is_done: AtomicBool,
}

impl Stream {
    /// Begins to read. What goes beyond the limit is read, and dropped.
    fn of(stream: Option<impl Read + Send + 'static>, bytes_max: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let own = shared.clone();
        std::thread::spawn(move || {
            if let Some(mut stream) = stream {
                own.take_all(&mut stream, bytes_max);
            }
            own.is_done.store(true, Ordering::Release);
        });
        Stream { shared, bytes_max }
    }

    fn is_done(&self) -> bool {
        self.shared.is_done.load(Ordering::Acquire)
    }

    fn is_too_long(&self) -> bool {
        self.shared.locked().len() > self.bytes_max
    }

    fn taken(&self) -> Vec<u8> {
        std::mem::take(&mut self.shared.locked())
    }
}

impl Shared {
    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_all(&self, stream: &mut impl Read, bytes_max: usize) {
        let mut buffer = [0; 64 * 1024];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return,
                Ok(read) => {
                    let mut bytes = self.locked();
                    if bytes.len() <= bytes_max {
                        bytes.extend_from_slice(&buffer[..read]);
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // What cannot be read is not there.
                Err(_) => return,
            }
        }
    }
}

/// Ends a program, and all that it has started.
fn end(child: &mut Child) {
    if let Some(group) = Pid::from_raw(child.id().cast_signed()) {
        // What has ended already needs no end.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, timeout: Duration) -> Result<Ended, ProgramError> {
        let never = || false;
        let processes = Processes { working_directory: "/".into(), timeout, is_interrupted: &never };
        processes.run(Path::new("sh"), &["-c".to_owned(), script.to_owned()])
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn what_a_program_says_is_taken() {
        let ended = run("echo a; echo b >&2", LONG).expect("an end");
        let expected = Ended { failure: None, output: b"a\n".to_vec(), errors: "b".to_owned() };
        assert_eq!(ended, expected);
        let ended = run("echo why >&2; exit 3", LONG).expect("an end");
        assert_eq!((ended.failure.as_deref(), ended.errors.as_str()), (Some("exit status: 3"), "why"));
        let many = run("head -c 3000000 /dev/zero; head -c 300000 /dev/zero >&2", LONG).expect("an end");
        assert_eq!(many.output.len(), 3_000_000);
    }

    #[test]
    fn what_does_not_end_is_ended() {
        let started = Instant::now();
        let error = run("sleep 60 & sleep 60", Duration::from_millis(200)).expect_err("too slow");
        assert!(matches!(error, ProgramError::TooSlow(_)), "{error}");
        // Whoever it leaves behind with its streams is not waited for.
        let ended = run("sleep 8 & echo a", LONG).expect("an end");
        assert_eq!(ended.output, b"a\n");
        assert!(started.elapsed() < Duration::from_secs(7), "{:?}", started.elapsed());
    }

    #[test]
    fn an_interrupt_ends_it() {
        let now = || true;
        let processes = Processes { working_directory: "/".into(), timeout: LONG, is_interrupted: &now };
        let error = processes.run(Path::new("sleep"), &["60".to_owned()]).expect_err("interrupted");
        assert!(matches!(error, ProgramError::Interrupted), "{error}");
    }

    #[test]
    fn what_is_not_there_is_not_started() {
        let never = || false;
        let processes = Processes { working_directory: "/".into(), timeout: LONG, is_interrupted: &never };
        let error = processes.run(Path::new("no-such-program"), &[]).expect_err("no program");
        assert_eq!(error.to_string(), "it cannot be started: No such file or directory");
        assert!(
            processes.is_executable(Path::new("/bin/sh"))
                && !processes.is_executable(Path::new("/etc/passwd"))
        );
    }
}
