//! Namespaces with a root file system, and how to come into them.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Unavailable, cache, machine};

const SETUP: &str = include_str!("setup.sh");
const PATIENCE: Duration = Duration::from_secs(20);
/// What a program finds in its environment that comes into a target; nothing of who runs the test.
const ENVIRONMENT: [&str; 3] =
    ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"];

/// A system of its own. It ends with this.
pub(crate) struct Namespace {
    /// Its first process waits for the end of its input, which comes when this ends, or the process that has
    /// this; with the first process all others end.
    child: Child,
    first: u32,
}

impl Namespace {
    /// Starts one whose root is a copy of this directory, as far as anyone can tell who is in it.
    pub(crate) fn start(base: &Path, name: &str) -> Result<Self, Unavailable> {
        let namespace = Namespace::bare()?;
        let place = cache::directory().join("place");
        let made = fs::create_dir_all(&place);
        made.unwrap_or_else(|error| panic!("{}: {error}", place.display()));
        let mut command = machine::command("nsenter");
        command.args(enter(namespace.first)).args(["sh", "-c", SETUP, "setup"]);
        command.arg(base).arg(name).arg(place);
        // Where namespaces may be made, all of this may be done: it is a mistake if it is not.
        machine::run(&mut command).unwrap_or_else(|why| panic!("the target {name} cannot be set up: {why}"));
        Ok(namespace)
    }

    fn bare() -> Result<Self, Unavailable> {
        let mut command = machine::command("unshare");
        command.args(["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child"]);
        // Nobody waits for processes that lost their parents: with this the kernel does.
        command.args(["env", "--ignore-signal=CHLD", "cat"]);
        // Where it stands must be the root, so that it goes along to the new one.
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| machine::unavailable(format!("unshare: {error}")))?;
        let mut namespace = Namespace { child, first: 0 };
        let patience = Instant::now() + PATIENCE;
        loop {
            if let Some(first) = first_of(namespace.child.id()) {
                namespace.first = first;
                return Ok(namespace);
            }
            if namespace.child.try_wait().expect("a child").is_some() {
                return Err(machine::unavailable(namespace.last_words()));
            }
            assert!(Instant::now() < patience, "unshare starts nothing");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn last_words(&mut self) -> String {
        let mut said = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            // What cannot be read is only missing in a message.
            let _ = std::io::Read::read_to_string(&mut errors, &mut said);
        }
        format!("no namespaces can be made: {}", said.trim())
    }

    /// The words before those of a command that is to run in it.
    pub(crate) fn words(&self) -> Vec<String> {
        let nsenter = machine::find("nsenter").unwrap_or_else(|| "nsenter".into());
        let nsenter = nsenter.to_str().expect("a path in UTF-8").to_owned();
        let mut words = vec![nsenter];
        words.extend(enter(self.first));
        words.extend(["--root", "--wd", "env", "-i"].map(str::to_owned));
        words.extend(ENVIRONMENT.map(str::to_owned));
        words
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // One that has ended by itself is what is wanted.
        let _ = self.child.wait();
    }
}

fn enter(first: u32) -> Vec<String> {
    let first = first.to_string();
    ["--target", &first, "--mount", "--uts", "--ipc", "--net", "--pid"].map(str::to_owned).to_vec()
}

/// The first process of the namespace that a process has made, once it has become what it is to be:
/// before, it would look for that in another root.
fn first_of(parent: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    let first = children.split_whitespace().next()?.parse().ok()?;
    let name = fs::read_to_string(format!("/proc/{first}/comm")).ok()?;
    (name == "cat\n").then_some(first)
}

/// A command made of words.
pub(crate) fn command(words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}
