//! A directory to run the program in, and what it said.

#![allow(
    dead_code,
    clippy::print_stderr,
    reason = "each test program uses a part of this and says what it skips"
)]

pub(crate) mod web_server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A working directory of its own.
pub(crate) struct Directory {
    scratch: tempfile::TempDir,
}

/// What a run came to.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Directory {
    pub(crate) fn new(main: &str) -> Self {
        let directory = Directory { scratch: tempfile::tempdir().unwrap() };
        directory.write("main.tf", main);
        directory
    }

    pub(crate) fn path(&self) -> &Path {
        self.scratch.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    /// Every file below this directory with its content, and every link with what it leads to.
    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut waiting = vec![self.path().to_owned()];
        while let Some(directory) = waiting.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                let kind = std::fs::symlink_metadata(&path).unwrap().file_type();
                let content = if kind.is_dir() {
                    waiting.push(path);
                    continue;
                } else if kind.is_symlink() {
                    std::fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
                } else if kind.is_file() {
                    std::fs::read(&path).unwrap()
                } else {
                    Vec::new()
                };
                found.insert(path, content);
            }
        }
        found
    }

    /// Names of the files here that begin so.
    pub(crate) fn left_of(&self, beginning: &str) -> Vec<String> {
        let names = std::fs::read_dir(self.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with(beginning)).collect()
    }

    /// The program with nothing of this machine's settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.program(Path::new(env!("CARGO_BIN_EXE_plumb")), arguments)
    }

    pub(crate) fn program(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }

    /// Runs the program with a text on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        Run::with_input(self.command(arguments), input)
    }

    /// Runs Terraform in the same way; `None` where there is none, which is said.
    pub(crate) fn run_terraform(&self, test: &str, arguments: &[&str]) -> Option<Run> {
        let Some(program) = find("terraform") else {
            eprintln!("skipped: {test}: no terraform on PATH");
            return None;
        };
        Some(Run::of(self.program(&program, arguments).output().unwrap()))
    }
}

/// Starts the program and waits until a file of its directory has a text in it.
pub(crate) fn begun(directory: &Directory, arguments: &[&str], (file, text): (&str, &str)) -> Child {
    let child = directory.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let path = directory.path().join(file);
    let has_text = || std::fs::read_to_string(&path).is_ok_and(|content| content.contains(text));
    wait_until(has_text, "the run has not begun");
    child
}

/// Does the same to all of these, several at a time.
pub(crate) fn for_all<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    for some in items.chunks(6) {
        std::thread::scope(|scope| {
            let started: Vec<_> = some.iter().map(|item| scope.spawn(|| work(item))).collect();
            for one in started {
                one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            }
        });
    }
}

/// Waits for something that happens soon.
#[track_caller]
pub(crate) fn wait_until(is_so: impl Fn() -> bool, complaint: &str) {
    let patience = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < patience, "{complaint}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The same for what looking at it changes.
#[track_caller]
pub(crate) fn wait_until_of<T>(subject: &mut T, is_so: impl Fn(&mut T) -> bool, complaint: &str) {
    let patience = Instant::now() + Duration::from_secs(20);
    while !is_so(subject) {
        assert!(Instant::now() < patience, "{complaint}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a signal to a run, such as `-TERM`.
pub(crate) fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

pub(crate) fn find(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
}

impl Run {
    fn of(output: Output) -> Self {
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A run that somebody else has waited for.
    pub(crate) fn ended(output: Output) -> Self {
        Run::of(output)
    }

    /// Runs a command with a text on standard input.
    pub(crate) fn with_input(mut command: Command, input: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Whoever needs no input may be gone before it is written.
        let _ = std::io::Write::write_all(child.stdin.as_mut().unwrap(), input.as_bytes());
        drop(child.stdin.take());
        Run::of(child.wait_with_output().unwrap())
    }

    /// Whether a text is somewhere in the output.
    pub(crate) fn says(&self, text: &str) -> bool {
        flat(&format!("{}{}", self.stdout, self.stderr)).contains(&flat(text))
    }

    /// Fails the test unless the run ended so, with these texts somewhere in its output.
    #[track_caller]
    pub(crate) fn expect(self, code: i32, texts: &[&str]) -> Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        let flat = flat(&all);
        assert_eq!(self.code, code, "{all}");
        for text in texts {
            assert!(flat.contains(&self::flat(text)), "{text:?} is not in:\n{all}");
        }
        self
    }
}

/// The text on one line: where lines are wrapped is no concern of tests.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
