//! Fetching modules with the `git` program.
//!
//! Responsible for never asking anything of the user, who may not be there, and for giving up servers that
//! say nothing.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::place::{StoreError, store_error};
use super::{GitSource, PackageError};
use crate::under_way::end_group;
use crate::web::{Token, WebClient};

/// Nobody needs more of what a program says to know what is wrong.
const SAID_BYTES_MAX: usize = 64 << 10;

/// What `git` says of its progress, which is no part of an error.
const PROGRESS: [&str; 9] = [
    "Cloning into",
    "Receiving objects:",
    "Resolving deltas:",
    "Updating files:",
    "Filtering content:",
    "Enumerating objects:",
    "Counting objects:",
    "Compressing objects:",
    "Total ",
];

/// Clones a repository to a path where nothing is yet.
pub(super) fn fetch(source: &GitSource, directory: &Path, client: &WebClient) -> Result<(), PackageError> {
    let key = source.ssh_key.as_ref().map(|key| write_key(key, directory)).transpose()?;
    let git = || git(key.as_ref().map(NamedTempFile::path));
    let mut clone = git();
    // Progress shows that the server is alive.
    clone.args(["clone", "--progress"]);
    if let Some(depth) = source.depth {
        clone.arg(format!("--depth={depth}"));
        if let Some(reference) = &source.reference {
            clone.arg(format!("--branch={reference}"));
        }
    }
    let run = |command: &mut Command, action| run(source, command, action, client);
    run(clone.arg("--").arg(&source.address).arg(directory), "clone")?;
    if let (Some(reference), None) = (&source.reference, source.depth) {
        run(git().arg("-C").arg(directory).args(["checkout", "--progress", reference, "--"]), "checkout")?;
    }
    let submodules = ["submodule", "update", "--progress", "--init", "--recursive"];
    run(git().arg("-C").arg(directory).args(submodules), "submodule update")
}

/// A file with a key, for its owner alone, that goes when the repository is there. It lies beside the
/// repository, and `git` changes directories, so its path is absolute.
fn write_key(key: &Token, directory: &Path) -> Result<NamedTempFile, StoreError> {
    let beside = directory.parent().unwrap_or(Path::new("."));
    let fail = |error| store_error(beside, error);
    let beside = beside.canonicalize().map_err(fail)?;
    let mut file = NamedTempFile::new_in(&beside).map_err(fail)?;
    file.write_all(key.reveal().as_bytes()).map_err(fail)?;
    file.flush().map_err(fail)?;
    Ok(file)
}

/// The program, which must not ask for anything: whoever could answer may not be there.
fn git(key: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    command.stdin(Stdio::null()).env("GIT_TERMINAL_PROMPT", "0");
    command.env("SSH_ASKPASS", "false").env("SSH_ASKPASS_REQUIRE", "force");
    // Within a hook of git these lead to the repository of the user.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(variable);
    }
    if let Some(key) = key {
        // A shell reads this.
        let quoted = key.display().to_string().replace('\'', "'\\''");
        command.env("GIT_SSH_COMMAND", format!("ssh -i '{quoted}'"));
    }
    command
}

fn run(
    source: &GitSource,
    command: &mut Command,
    action: &'static str,
    client: &WebClient,
) -> Result<(), PackageError> {
    let mut program = start(command).map_err(PackageError::NoGit)?;
    let _noted = client.under_way().program(&program);
    let (status, said) = hear(&mut program, client.silence_max()).map_err(PackageError::NoGit)?;
    match status {
        Some(status) if status.success() => Ok(()),
        Some(_) => {
            Err(PackageError::Git { action, output: source.without_secrets(&without_progress(&said)) })
        }
        None => Err(PackageError::GitSilent { action, silence_s: client.silence_max().as_secs() }),
    }
}

/// Starts a program that leads a group of its own, so that it can be ended with all that it starts.
fn start(command: &mut Command) -> std::io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()
}

/// Waits for the end of a program. Where it says nothing for too long it is ended, and there is no status.
fn hear(program: &mut Child, silence_max: Duration) -> std::io::Result<(Option<ExitStatus>, Vec<u8>)> {
    let news = listen(program);
    let (mut said, mut last) = (Vec::new(), Instant::now());
    loop {
        match news.recv_timeout(silence_max.saturating_sub(last.elapsed())) {
            Ok(text) => {
                said.extend(text);
                // What is wrong comes last.
                said.drain(..said.len().saturating_sub(SAID_BYTES_MAX));
                last = Instant::now();
            }
            Err(RecvTimeoutError::Disconnected) => return Ok((Some(program.wait()?), said)),
            Err(RecvTimeoutError::Timeout) => {
                end_group(program.id());
                // Where there are no groups.
                let _ = program.kill();
                program.wait()?;
                return Ok((None, said));
            }
        }
    }
}

/// What a program says, as it comes.
fn listen(program: &mut Child) -> Receiver<Vec<u8>> {
    let (say, news) = channel();
    if let Some(mut errors) = program.stderr.take() {
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut buffer) {
                if say.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
    }
    news
}

/// What was said without what only told how far it was.
fn without_progress(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let lines = said.split(['\n', '\r']).map(str::trim_end).filter(|line| {
        let line = line.strip_prefix("remote: ").unwrap_or(line);
        !line.is_empty() && !PROGRESS.iter().any(|progress| line.starts_with(progress))
    });
    lines.collect::<Vec<_>>().join("\n").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_no_part_of_an_error() {
        let said = "Cloning into 'a'...\nremote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), \
                    done.\nremote: Not for you.\nfatal: no \u{e9}.\n";
        assert_eq!(without_progress(said.as_bytes()), "remote: Not for you.\nfatal: no \u{e9}");
    }

    #[test]
    fn who_is_silent_is_ended_with_all_that_it_has_started() {
        let begun = Instant::now();
        let mut command = Command::new("sh");
        command.args(["-c", "echo begun >&2; sleep 60 & sleep 60"]);
        let mut program = start(&mut command).expect("starts");
        let (status, said) = hear(&mut program, Duration::from_millis(300)).expect("is waited for");
        assert!(status.is_none() && said == b"begun\n");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
