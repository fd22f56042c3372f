//! Fetching modules with the `git` program.
//!
//! Responsible for never asking anything of the user, who may not be there.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

use super::place::{StoreError, store_error};
use super::{GitSource, PackageError};
use crate::web::Token;

/// Clones a repository to a path where nothing is yet.
pub(super) fn fetch(source: &GitSource, directory: &Path) -> Result<(), PackageError> {
    let key = source.ssh_key.as_ref().map(|key| write_key(key, directory)).transpose()?;
    let git = || git(key.as_ref().map(NamedTempFile::path));
    let mut clone = git();
    clone.arg("clone").arg("--quiet");
    if let Some(depth) = source.depth {
        clone.arg(format!("--depth={depth}"));
        if let Some(reference) = &source.reference {
            clone.arg(format!("--branch={reference}"));
        }
    }
    run(source, clone.arg("--").arg(&source.address).arg(directory), "clone")?;
    if let (Some(reference), None) = (&source.reference, source.depth) {
        run(
            source,
            git().arg("-C").arg(directory).args(["checkout", "--quiet", reference, "--"]),
            "checkout",
        )?;
    }
    let submodules = ["submodule", "--quiet", "update", "--init", "--recursive"];
    run(source, git().arg("-C").arg(directory).args(submodules), "submodule update")
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

fn run(source: &GitSource, command: &mut Command, action: &'static str) -> Result<(), PackageError> {
    let output = command.output().map_err(PackageError::NoGit)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(PackageError::Git { action, output: source.without_secrets(said.trim().trim_end_matches('.')) })
}
